"""What the people of the demo companies write to each other. Words only; no format, no dates.

Slots in braces are filled by `demo_mail`: {name} the reader, {me} the writer, {us} the account's
company, {company} the other side's, {project}, {item}, {amount}, {number}, {few}, {percent},
{day}, {time}, {place}.
"""

COMPANIES = {"acme.example": "에이크미", "other.example": "아더"}

PEOPLE = {
    "kim@acme.example": "김서연",
    "lee@acme.example": "이준호",
    "park@other.example": "박지민",
}

COLLEAGUES = {
    "acme.example": [
        ("이준호", "lee", "개발팀"),
        ("최유진", "choi", "마케팅팀"),
        ("정다은", "jung", "인사팀"),
        ("한도윤", "han", "재무팀"),
        ("오세훈", "oh", "영업팀"),
        ("문채원", "moon", "디자인팀"),
        ("황보라", "hwangbo", "품질관리팀"),
        ("남궁민", "namgung", "연구소"),
    ],
    "other.example": [
        ("서지우", "seo", "기획팀"),
        ("강민재", "kang", "물류팀"),
        ("윤하늘", "yoon", "고객지원팀"),
    ],
}

PARTNERS = {
    "한빛물산": (
        "hanbit.example",
        [("박정우", "jwpark", "영업부 과장"), ("신은경", "ekshin", "구매팀 대리")],
    ),
    "대성정밀": ("daesung.example", [("조현석", "hscho", "생산기술팀 차장")]),
    "푸른디자인": ("pureun.example", [("임수빈", "subin", "실장")]),
}

NORTHWIND = (
    "Northwind Traders",
    "northwind.example",
    [("Emma Clarke", "emma.clarke"), ("Daniel O’Brien", "dan.obrien"), ("Sofía Núñez", "sofia")],
)

PROJECTS = ["2025 신제품", "ERP 전환"]

ITEMS = [
    "무선 온습도 센서",
    "스테인리스 보온병 500ml",
    "사무용 의자(메쉬)",
    "A4 복사용지 80g",
    "알루미늄 브라켓",
    "산업용 태블릿 케이스",
    "친환경 포장 상자",
]

PLACES = [
    "3층 대회의실",
    "본관 2층 회의실",
    "화상회의(링크 별도 공지)",
    "1층 접견실",
    "판교 사무소",
]

# (subject, opening, replies…): a thread. Later lines answer earlier ones.
THREADS = [
    (
        "[{project}] {item} 시제품 일정 확인 부탁드립니다",
        "안녕하세요, {name}님.\n\n{item} 시제품 제작 일정과 관련하여 확인을 부탁드립니다.\n"
        "현재 계획으로는 {day}까지 1차 샘플을 받아야 다음 단계인 신뢰성 시험에 들어갈 수 있습니다.\n\n"
        "1. 금형 수정 완료 예정일\n2. 1차 샘플 수량({number}개 기준)\n3. 추가 비용 발생 여부\n\n"
        "바쁘시겠지만 이번 주 안에 회신 주시면 감사하겠습니다.",
        "확인했습니다. 금형 수정은 {day}에 끝날 예정이고, 샘플 {number}개는 문제없이 준비됩니다.\n"
        "추가 비용은 없습니다.",
        "빠른 회신 감사합니다. 그럼 말씀 주신 일정으로 시험실을 예약해 두겠습니다.",
        "시험실 예약 내역을 첨부합니다. 변경이 필요하면 편하게 말씀해 주세요.",
    ),
    (
        "[{project}] 주간 회의록 공유",
        "안녕하세요.\n\n{day} {time} {place}에서 진행한 주간 회의 내용을 공유드립니다.\n\n"
        "■ 논의 사항\n - {item} 원가 절감 방안\n - 외주 일정 지연에 따른 대응\n"
        " - 하반기 예산 {amount}원 재배정\n\n■ 결정 사항\n - 담당자별 할 일은 첨부 파일을 참고해 주세요.\n\n"
        "빠진 내용이 있으면 알려 주시기 바랍니다.",
        "정리 감사합니다. 예산 재배정 건은 재무팀과 한 번 더 확인해 보겠습니다.",
        "네, 확인되면 회의록에 반영하겠습니다.",
    ),
    (
        "{item} 견적 요청드립니다",
        "안녕하세요, {company} {name}님.\n{us} {me}입니다.\n\n"
        "아래 품목의 견적을 요청드립니다.\n\n - 품목: {item}\n - 수량: {number}개\n"
        " - 희망 납기: {day}\n - 납품 장소: 본사 물류창고\n\n"
        "부가세 별도 금액과 결제 조건을 함께 적어 주시면 감사하겠습니다.",
        "안녕하세요, {name}님. 늘 감사드립니다.\n\n요청하신 {item} {number}개의 견적서를 첨부드립니다.\n"
        "총액은 {amount}원(부가세 별도)이며, 견적 유효 기간은 발행일로부터 30일입니다.\n\n"
        "검토하시고 궁금하신 점은 언제든지 연락 주세요.",
        "견적서 잘 받았습니다. 내부 결재를 올렸고, 승인되는 대로 발주서를 보내 드리겠습니다.",
        "네, 기다리겠습니다. 재고는 미리 확보해 두겠습니다.",
        "결재가 완료되어 발주서를 첨부합니다. 납기 준수 부탁드립니다.",
    ),
    (
        "거래명세서 및 세금계산서 발행 건",
        "안녕하세요, {name}님.\n\n{day}자 납품분에 대한 거래명세서를 첨부드립니다.\n"
        "공급가액은 {amount}원이며, 전자세금계산서는 오늘 중으로 발행하겠습니다.\n\n"
        "확인 후 이상이 있으면 말씀해 주세요.",
        "금액 확인했습니다. 결제는 익월 말일에 진행될 예정입니다.",
        "확인 감사합니다. 좋은 하루 보내세요.",
    ),
    (
        "제안서 디자인 시안 전달드립니다",
        "안녕하세요.\n\n요청하신 제안서 표지와 본문 시안 2종을 전달드립니다.\n"
        "A안은 기존 브랜드 색상을 살렸고, B안은 여백을 넓게 잡아 보았습니다.\n\n"
        "의견 주시면 {day}까지 수정하여 다시 보내 드리겠습니다. 😊",
        "시안 정말 마음에 듭니다! 저희는 B안으로 진행하고 싶습니다.\n"
        "다만 {few}쪽의 표는 글자 크기를 조금 키워 주실 수 있을까요?",
        "네, 반영해서 최종본 보내 드리겠습니다.",
        "최종본 첨부합니다. 인쇄용 파일은 용량이 커서 나누어 보내 드립니다.",
    ),
    (
        "회식 장소 투표해 주세요 🍻",
        "안녕하세요, 총무입니다.\n\n이번 달 회식은 {day} {time}으로 잠정 결정되었습니다.\n"
        "아래 후보 중에서 답장으로 투표해 주세요.\n\n 1) 삼겹살\n 2) 횟집\n 3) 파스타\n\n"
        "못 오시는 분도 알려 주시면 예약에 도움이 됩니다.",
        "저는 1번이요!",
        "2번에 한 표 던집니다. 그날 외근이라 조금 늦을 수 있어요.",
        "집계 결과 1번으로 결정되었습니다. 그날 봬요!",
    ),
]

ENGLISH_THREADS = [
    (
        "Shipment schedule for PO {number}",
        "Hi {name},\n\nCould you confirm the shipping date for PO {number}? Our warehouse in Rotterdam "
        "needs at least five working days' notice to book a slot.\n\nWe also noticed that the "
        "packing list shows {number} cartons while the invoice says otherwise. Could you have "
        "someone look into it?\n\nMany thanks,\n{me}",
        "Hi {name},\n\nThanks for spotting this. The packing list is right; a corrected invoice is "
        "attached. The vessel leaves Busan on {day}, ETA in four weeks.\n\nBest regards,\n{me}",
        "Perfect, thank you for the quick turnaround. I've booked the slot.\n\nBest,\n{me}",
    ),
    (
        "Revised terms – draft for your review",
        "Dear {name},\n\nPlease find attached the revised distribution terms. The changes since our "
        "call are in sections 3 (minimum order) and 7 (warranty).\n\nWe would be glad to sign by "
        "{day} if everything looks fine on your side.\n\nKind regards,\n{me}",
        "Dear {name},\n\nOur legal team has two small comments, marked in the attached copy. "
        "Otherwise we are ready to go ahead.\n\nKind regards,\n{me}",
        "Dear {name},\n\nBoth comments accepted. Signed copy attached – looking forward to working "
        "together!\n\nKind regards,\n{me}",
    ),
    (
        "Re-scheduling Thursday’s call",
        "Hi {name},\n\nSomething came up on Thursday. Would {day} at {time} KST work for you "
        "instead?\n\nCheers,\n{me}",
        "Works for me. I'll send an updated invite.\n\n{me}",
    ),
]

# One mail, from inside the company: (subject, body).
NOTICES = [
    (
        "[공지] 사내 보안 점검에 따른 시스템 점검 안내",
        "임직원 여러분, 안녕하십니까.\n\n{day} 22:00부터 다음 날 02:00까지 정기 보안 점검을 진행합니다.\n"
        "점검 시간에는 그룹웨어, 메일, 결재 시스템을 이용하실 수 없습니다.\n\n"
        "업무에 참고하여 주시기 바랍니다.",
    ),
    (
        "[인사] 연차 사용 촉진 안내",
        "안녕하세요, 인사팀입니다.\n\n근로기준법에 따라 미사용 연차의 사용을 안내드립니다.\n"
        "현재 {name}님의 잔여 연차는 {few}일입니다. {day}까지 사용 계획을 제출해 주세요.",
    ),
    (
        "[총무] 사무용품 신청 마감 안내",
        "이번 달 사무용품 신청은 {day}에 마감됩니다.\n"
        "필요한 물품은 첨부 양식에 작성하여 회신해 주세요.",
    ),
    (
        "[결재 완료] 출장 신청서 ({place})",
        "요청하신 결재 문서가 최종 승인되었습니다.\n\n - 문서 번호: AP-{number}\n - 기안자: {name}\n"
        " - 예상 경비: {amount}원\n\n본 메일은 발신 전용입니다.",
    ),
    (
        "[교육] 개인정보 보호 필수 교육 수강 요청",
        "안녕하세요.\n\n{day}까지 개인정보 보호 필수 교육을 이수하여 주시기 바랍니다.\n"
        "미이수 시 시스템 접근 권한이 제한될 수 있습니다.",
    ),
]

RECEIPTS = [
    ("푸른문구", "[푸른문구] 주문이 완료되었습니다 (주문번호 {number})"),
    ("한강택시", "[한강택시] 이용 영수증 안내"),
    ("나루호텔", "나루호텔 예약 확정 및 영수증"),
    ("구름호스팅", "[구름호스팅] 서버 이용 요금 결제 내역"),
    ("Blue Harbor Air", "Your e-ticket receipt {number}"),
]

NEWSLETTERS = [
    (
        "주간 제조 트렌드",
        "이번 주 제조업 소식: 스마트 공장, 어디까지 왔나",
        [
            "중소 제조업의 스마트 공장 도입률이 꾸준히 늘고 있습니다.",
            "센서 가격이 내려가면서 설비 예지 보전의 문턱이 낮아졌습니다.",
            "전문가들은 데이터를 모으는 것보다 쓰는 것이 중요하다고 말합니다.",
        ],
    ),
    (
        "The Supply Desk",
        "Freight rates, resilience and what to watch this quarter",
        [
            "Container rates eased for the third week in a row.",
            "Lead times for passive components are back to where they were two years ago.",
            "Three questions to ask before you sign a yearly contract.",
        ],
    ),
    (
        "편지 고객센터",
        "새로워진 메일 검색을 소개합니다 ✨",
        [
            "이제 첨부 파일의 이름으로도 메일을 찾을 수 있습니다.",
            "자주 쓰는 검색 조건은 저장해 두고 다시 쓸 수 있습니다.",
        ],
    ),
]

SPAM = [
    (
        "(광고) 무담보 대출 당일 승인! 최저 금리 보장",
        "지금 바로 상담하세요. 수신 거부: 080-000-0000",
    ),
    ("(광고) 명품 특가 최대 90% 할인 ~ 오늘만!", "한정 수량으로 준비했습니다. 서두르세요!"),
    ("[Web발신] 택배 주소지 불명으로 반송 예정입니다", "아래 링크에서 주소를 확인해 주세요."),
    ("You have WON 1,000,000 USD!!!", "Dear Beneficiary, kindly reply with your bank details."),
    ("축하합니다! 이벤트에 당첨되셨습니다 ☆★☆", "똠방각하도 반한 펲시 한 상자를 드립니다. 뷁!"),
]

DRAFTS = [
    (
        "{project} 제안 초안",
        "{name}님께\n\n제안드릴 내용은 다음과 같습니다.\n\n 1. \n 2. \n\n(작성 중)",
    ),
    ("휴가 인수인계", "휴가 기간 동안 아래 업무를 부탁드립니다.\n\n - "),
    ("", "제목 없이 저장된 메일입니다."),
]

ALERTS = [
    (
        "[알림] 디스크 사용량 {percent}% 도달",
        "서버 build-02의 디스크 사용량이 임계치를 넘었습니다.",
    ),
    (
        "[알림] 예약 작업이 정상 종료되었습니다",
        "작업: nightly-report\n결과: 성공\n소요: {number}초",
    ),
]

FRIENDS = [
    ("이번 주말에 시간 어때?", "오랜만이야! {day}에 애들이랑 한강 갈까 하는데 같이 갈래? 🧺"),
    ("Re: 사진 보내", "지난번 제주도 사진 몇 장 먼저 보낸다. 나머지는 나중에 정리해서 줄게~"),
    ("동창회 공지", "{day} {time}, {place}에서 동창회가 있습니다. 참석 여부를 알려 주세요."),
]

ATTACHMENTS = [
    "견적서_{number}.pdf",
    "거래명세서.pdf",
    "회의록 {day}.pdf",
    "단가표(최종_진짜최종).xlsx",
    "월별 매출 현황.xlsx",
    "재고 목록.csv",
    "시안 A안.png",
    "현장 사진 {number}.png",
    "packing_list_{number}.csv",
    "Invoice {number}.pdf",
]
