"""Phrases that stand inside sentences: what is wrong with a field, and what a state is called."""

#: problem -> (Korean, English); completes "check the field: ..."
FIELD_PROBLEMS: dict[str, tuple[str, str]] = {
    "not_json": ("JSON 형식이 아닙니다.", "it is not JSON."),
    "must_be_object": ("JSON 객체여야 합니다.", "it must be a JSON object."),
    "missing_field": ("꼭 필요한 항목입니다.", "it is required."),
    "unknown_field": ("알 수 없는 항목입니다.", "there is no such field."),
    "wrong_type": ("값의 형식이 맞지 않습니다.", "the value is of the wrong type."),
    "unknown_value": ("쓸 수 없는 값입니다.", "this value is not one of those allowed."),
    "must_be_day": (
        "날짜를 2024-01-31과 같이 적어 주세요.",
        "write the day as in 2024-01-31.",
    ),
    "no_such_day": ("달력에 없는 날짜입니다.", "there is no such day in the calendar."),
    "ends_before_it_begins": (
        "끝나는 날이 시작하는 날보다 앞섭니다.",
        "the period ends before it begins.",
    ),
    "empty": ("비어 있습니다. 하나 이상 적어 주세요.", "it is empty; give at least one."),
    "too_long": ("너무 깁니다.", "it is too long."),
    "too_many": ("항목이 너무 많습니다.", "there are too many of them."),
    "out_of_range": ("값이 허용 범위를 벗어났습니다.", "the value is out of range."),
    "bad_length": (
        "길이나 단계가 허용 범위를 벗어났습니다.",
        "it is empty, too long or too deep.",
    ),
    "bad_path": (
        "빈 이름이나 ‘.’, ‘..’은 편지함 이름으로 쓸 수 없습니다.",
        "a part of the path is empty, “.” or “..”.",
    ),
    "bad_address": ("메일 주소가 아닙니다.", "it is not a mail address."),
    "bad_host": (
        "서버 이름이나 IP 주소가 아닙니다.",
        "it is neither a host name nor an address.",
    ),
    "bad_domain": (
        "도메인을 acme.example과 같이 적어 주세요.",
        "write the domain as in acme.example.",
    ),
    "must_be_https": ("https 주소여야 합니다.", "it must be an https address."),
    "bad_code": ("인증 앱에 보이는 숫자 6자리를 적어 주세요.", "write the six digits of the code."),
    "query_empty": (
        "찾을 말을 적어 주세요. 문장 부호만으로는 찾을 수 없습니다.",
        "say what to look for; punctuation alone cannot be found.",
    ),
    "query_too_long": (
        "찾을 말이 너무 깁니다. 500자까지 됩니다.",
        "it is longer than 500 characters.",
    ),
    "query_date": (
        "날짜를 before:2024-01-31과 같이 적어 주세요.",
        "write the day as in before:2024-01-31.",
    ),
    "query_size": (
        "크기를 larger:10M과 같이 적어 주세요.",
        "write the size as in larger:10M.",
    ),
    "query_value": (
        "쌍점(:) 뒤의 값을 알 수 없습니다. has:attachment, is:unread와 같이 적어 주세요.",
        "what stands behind the colon is not known; write it as in has:attachment or is:unread.",
    ),
    "bad_character": ("쓸 수 없는 문자가 있습니다.", "it holds a character that is not allowed."),
}

#: States as a person reads them, for sentences that name one: state -> (Korean, English).
STATES: dict[str, tuple[str, str]] = {
    "requested": ("신청됨", "requested"),
    "collecting": ("메일을 가져오는 중", "waiting for mail to be brought here"),
    "planning": ("준비 중", "being prepared"),
    "exporting": ("백업 중", "being made"),
    "ready": ("완료", "ready"),
    "expired": ("만료", "expired"),
    "failed": ("실패", "failed"),
    "cancelled": ("취소됨", "cancelled"),
    "pending": ("대기 중", "waiting"),
    "writing": ("만드는 중", "being written"),
    "receiving": ("올리는 중", "being sent"),
    "received": ("도착함", "received"),
    "inspecting": ("확인 중", "being inspected"),
    "importing": ("가져오는 중", "being imported"),
    "completed": ("완료", "completed"),
    "abandoned": ("중단됨", "abandoned"),
    "undoing": ("되돌리는 중", "undoing"),
    "undone": ("되돌림", "undone"),
}
