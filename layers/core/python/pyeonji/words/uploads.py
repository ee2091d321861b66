"""What is said of a whole upload that failed."""

from pyeonji.words.catalogue import Pair, Words

UPLOADS: dict[str, Words] = {
    "not_a_zip": Words(
        "ZIP 파일이 아닙니다",
        "Not a ZIP file",
        "ZIP 파일로 읽을 수 없습니다. 전송 중에 잘렸거나 다른 형식일 수 있으니, 파일이 열리는지 "
        "확인하고 다시 압축해 올려 주세요.",
        "The file cannot be read as a ZIP. It may have been cut off or be of another kind: check "
        "that it opens, or make it again, and upload it.",
    ),
    "empty": Words(
        "빈 파일입니다",
        "The file is empty",
        "ZIP 파일에 들어 있는 것이 없습니다. EML 파일을 넣어 다시 올려 주세요.",
        "There is nothing in the ZIP. Put EML files into it and upload it again.",
    ),
    "too_large": Words(
        "파일이 너무 큽니다",
        "The file is too large",
        "ZIP 파일이 너무 큽니다. 여러 개로 나누어 올려 주세요.",
        "The ZIP is too large. Split it into smaller ones.",
        exact=(
            Pair(
                "{limit_bytes} 이상인 ZIP 파일은 올릴 수 없습니다. 여러 개로 나누어 올려 주세요.",
                "A ZIP of {limit_bytes} or more cannot be uploaded. Split it into smaller ones.",
            ),
        ),
    ),
    "size_mismatch": Words(
        "파일 크기가 다릅니다",
        "The size is not what was announced",
        "도착한 파일의 크기가 알려 준 크기와 다릅니다. 파일이 바뀌지 않았는지 확인하고 다시 올려 "
        "주세요.",
        "The size of what arrived is not the size announced. Check that the file did not change, "
        "and upload it again.",
        exact=(
            Pair(
                "알려 준 크기({declared_bytes})와 도착한 크기({arrived_bytes})가 다릅니다. "
                "파일이 바뀌지 않았는지 확인하고 다시 올려 주세요.",
                "{declared_bytes} were announced and {arrived_bytes} arrived. Check that the "
                "file did not change, and upload it again.",
            ),
        ),
    ),
    "other_archive": Words(
        "ZIP이 아닌 다른 압축 파일입니다",
        "An archive of another kind",
        "이름은 ZIP이지만 다른 방식의 압축 파일입니다. 압축을 풀고 ZIP으로 다시 압축해 올려 "
        "주세요.",
        "It is called ZIP, but is an archive of another kind. Extract it, make a ZIP, and upload "
        "that.",
        exact=(
            Pair(
                "이름은 ZIP이지만 {kind} 압축 파일입니다. 압축을 풀고 ZIP으로 다시 압축해 올려 "
                "주세요.",
                "It is called ZIP, but is an archive of the kind {kind}. Extract it, make a ZIP, "
                "and upload that.",
            ),
        ),
    ),
    "split_archive": Words(
        "나뉜 ZIP 파일입니다",
        "Part of a split ZIP",
        "여러 조각으로 나뉜 ZIP의 한 조각입니다. 조각을 합치거나, 조각마다 따로 열리는 ZIP으로 "
        "다시 압축해 올려 주세요.",
        "This is one piece of a ZIP that was split. Join the pieces, or make ZIPs that open each "
        "on its own, and upload those.",
    ),
    "ambiguous_archive": Words(
        "내용이 확실하지 않은 ZIP입니다",
        "The ZIP contradicts itself",
        "ZIP의 끝 기록이 둘이거나 파일들이 서로 겹쳐, 무엇이 들어 있는지 확실하지 않습니다. "
        "압축을 풀고 다시 압축해 올려 주세요.",
        "The ZIP has two ends, or files in it overlap, so what it holds is not certain. Extract "
        "it, make a new ZIP, and upload that.",
    ),
    "too_many_entries": Words(
        "파일이 너무 많이 들어 있습니다",
        "Too many files in the ZIP",
        "ZIP에 파일이 너무 많이 들어 있습니다. 여러 개로 나누어 올려 주세요.",
        "There are too many files in the ZIP. Split it into smaller ones.",
        exact=(
            Pair(
                "ZIP 하나에는 파일을 {limit}개까지 넣을 수 있습니다. 여러 개로 나누어 올려 주세요.",
                "A ZIP can hold up to {limit} files. Split it into smaller ones.",
            ),
        ),
    ),
    "too_many_folders": Words(
        "폴더가 너무 많이 들어 있습니다",
        "Too many folders in the ZIP",
        "ZIP 안의 폴더를 모두 편지함으로 만들면 편지함이 너무 많아집니다. 폴더를 나누어 올리거나, 한 "
        "편지함에 모두 넣도록 올려 주세요.",
        "With each folder of the ZIP as a mailbox there would be too many of them. Upload fewer "
        "folders at a time, or all into one mailbox.",
    ),
    "timed_out": Words(
        "처리 시간이 지났습니다",
        "It took too long",
        "정해진 시간 안에 처리를 끝내지 못했습니다. ‘다시 시도’를 누르거나, 더 작은 ZIP으로 "
        "나누어 올려 주세요.",
        "It could not be finished in time. Try again, or split the ZIP into smaller ones.",
    ),
    "upload_failed_internally": Words(
        "처리 중 문제가 생겼습니다",
        "Something went wrong",
        "저희 쪽에 문제가 생겨 업로드를 끝내지 못했습니다. 이미 가져온 메일은 그대로 있습니다. "
        "‘다시 시도’를 눌러 주세요.",
        "Something went wrong on our side and the upload was not finished. The mail imported so "
        "far is safe. Try again.",
    ),
    "mailbox_gone": Words(
        "편지함이 없어졌습니다",
        "The mailbox is gone",
        "신청할 때 선택한 편지함이 없어졌습니다. 다른 편지함을 선택해 다시 신청해 주세요.",
        "The mailbox that was chosen no longer exists. Choose another and ask again.",
    ),
    "file_missing": Words(
        "올린 파일을 찾을 수 없습니다",
        "The file is gone",
        "올린 ZIP 파일을 찾을 수 없습니다. 파일을 다시 업로드해 주세요.",
        "The ZIP that was sent cannot be found. Upload it again.",
    ),
    "backup_gone": Words(
        "백업 파일이 없어졌습니다",
        "The backup's file is gone",
        "복원하던 백업 파일이 삭제되어 끝내지 못했습니다. 이미 복원한 메일은 그대로 있습니다. "
        "내려받아 둔 파일이 있으면 업로드해 주세요.",
        "The file of the backup was deleted before all of it was brought back. The mail brought "
        "back so far is safe. If you have downloaded the file, upload it.",
    ),
}
