"""The legal bases of a referral, as codes: which article is relied on, not what anybody is guilty of."""

from typing import Annotated

from pydantic import AfterValidator

ARTICLES = {
    "assistance-66-1": "社会救助暂行办法第六十六条第（一）项",
    "assistance-66-2": "社会救助暂行办法第六十六条第（二）项",
    "assistance-66-3": "社会救助暂行办法第六十六条第（三）项",
    "assistance-66-4": "社会救助暂行办法第六十六条第（四）项",
    "assistance-66-5": "社会救助暂行办法第六十六条第（五）项",
    "assistance-66-6": "社会救助暂行办法第六十六条第（六）项",
    "assistance-66-7": "社会救助暂行办法第六十六条第（七）项",
    "assistance-67": "社会救助暂行办法第六十七条",
    "assistance-68": "社会救助暂行办法第六十八条",
    "assistance-69": "社会救助暂行办法第六十九条",
    "supervision-37": "监察法第三十七条",
    "sanctions-33": "公职人员政务处分法第三十三条",
    "sanctions-39": "公职人员政务处分法第三十九条",
}


def _known(code: str) -> str:
    if code not in ARTICLES:
        raise ValueError(f"a legal basis is one of {', '.join(ARTICLES)}")
    return code


Article = Annotated[str, AfterValidator(_known)]
