; Inno Setup 6: an installer for Windows that can be removed from 프로그램 추가/제거 like any program.
; Build the programs first (python client\packaging\build.py), then: iscc client\packaging\pyeonji.iss
#define Name "Pyeonji"
#define Version "1.0.0"

[Setup]
AppId={{6E1B4C9E-0B0E-4C0B-9C53-6B4C3B6F9A11}
AppName={#Name}
AppVersion={#Version}
AppPublisher=Pyeonji
DefaultDirName={autopf}\{#Name}
DefaultGroupName={#Name}
DisableProgramGroupPage=yes
; For one person, without an administrator; the setup asks when it is to be for everybody.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
OutputDir=..\dist
OutputBaseFilename=pyeonji-setup-{#Version}
UninstallDisplayName={#Name}
UninstallDisplayIcon={app}\pyeonji-window.exe
Compression=lzma2
SolidCompression=yes
CloseApplications=yes

[Languages]
Name: "korean"; MessagesFile: "compiler:Languages\Korean.isl"
Name: "english"; MessagesFile: "compiler:Default.isl"

[Files]
Source: "..\dist\pyeonji\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\편지 이전 프로그램"; Filename: "{app}\pyeonji-window.exe"; Languages: korean
Name: "{group}\Pyeonji Migration"; Filename: "{app}\pyeonji-window.exe"; Languages: english
Name: "{autodesktop}\{#Name}"; Filename: "{app}\pyeonji-window.exe"; Tasks: desktop

[Tasks]
Name: desktop; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[Run]
Filename: "{app}\pyeonji-window.exe"; Description: "{cm:LaunchProgram,{#Name}}"; Flags: nowait postinstall skipifsilent
; What people downloaded stays theirs: the download folder is not removed with the program.
