"""Everything around a FAQ answer and the person's own facts: caveats, invitations, confirmations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.wording.language import Language
from bot.wording.questions import Option
from bot.wording.terms import fact_name, term


def source_line(citations: Iterable[str], checked_on: str, language: Language) -> str:
    """Where an answer comes from, in a few words."""
    joined = "、".join(citations)
    if language == "zh":
        return f"依据：{joined}（核对于 {checked_on}）"
    return f"Source: {joined} (checked {checked_on})"


def general_caveat(place: str, hotline: str, language: Language) -> str:
    """What stands before a 通用 answer for a person whose place has none of its own."""
    if language == "zh":
        return f"我手上{place}的材料没有写这一点。下面是全国的一般规定，{place}怎么办请打 {hotline} 核实。"
    return f"My material of {place} does not cover this. The general national rule follows; please check with {hotline}."


def not_covered(place: str, hotline: str, language: Language) -> str:
    """The honest answer when neither the place nor the general rules say anything."""
    if language == "zh":
        return f"我手上{place}的材料没有写这一点，不能乱说。请打医保热线 {hotline} 问清。"
    return f"My material of {place} does not say. Please call {hotline}."


def invitation(language: Language) -> str:
    """What stands after a 通用 answer for a person who has not named a place."""
    if language == "zh":
        return "这是全国的一般规定，各地有不同。您在哪里参保？点一下，我给您当地的答案。"
    return "This is the general rule; places differ. Where are you insured?"


def place_first(language: Language) -> str:
    """Asks for the place where a topic has no 通用 answer."""
    if language == "zh":
        return "这个各地规定不一样。您的医保是在哪里交的？"
    return "This differs from place to place. Where are you insured?"


def which_place(area: str, candidates: Sequence[str], language: Language) -> tuple[str, tuple[Option, ...]]:
    """Asks about an area of which only a part is served: 苏州 → 吴江 or another district."""
    options = [
        Option(f"是{name}" if language == "zh" else name, f"我的参保地是{name}") for name in candidates
    ]
    other = f"{area}其他地方"
    options.append(Option(other if language == "zh" else f"elsewhere in {area}", f"我的参保地是{other}"))
    served = "、".join(candidates)
    if language == "en":
        there = "there" if len(candidates) == 1 else "in one of them"
        return f"In {area} I only have material of {served}. Are you insured {there}?", tuple(options)
    asked = f"是{served}" if len(candidates) == 1 else "是其中一个"
    return f"{area}里我只有{served}的材料。您的参保地{asked}吗？", tuple(options)


def place_options(names: Iterable[str]) -> tuple[Option, ...]:
    """One option per served place."""
    return tuple(Option(name, f"我的参保地是{name}") for name in names)


def place_set(place: str, language: Language) -> str:
    """Confirms the insured place."""
    return (
        f"好的，记住了：您的参保地是{place}。" if language == "zh" else f"Noted: you are insured in {place}."
    )


def place_unserved(place: str, served: Sequence[str], language: Language) -> str:
    """Tells that a place is not served."""
    if language == "zh":
        return (
            f"记下了：您的参保地是{place}。我没有{place}自己的材料（只有{'、'.join(served)}），"
            "会按全国的一般规定回答，具体请打当地 12393 核实。"
        )
    return f"Noted: {place}. I have no material of it, so I answer with the general rules; please check with 12393 there."


def profile(facts: Sequence[tuple[str, str]], language: Language) -> str:
    """What is kept about the person; ``facts`` are (name, value as people read it)."""
    if not facts:
        return "我还没有记住您的任何信息。" if language == "zh" else "I have not kept anything about you."
    rows = "\n".join(
        f"· {fact_name(name, language)}：{value}"
        if language == "zh"
        else f"· {fact_name(name, language)}: {value}"
        for name, value in facts
    )
    if language == "zh":
        return f"我记住的信息：\n{rows}\n想删掉就发“清除我的信息”。"
    return f"What I keep about you:\n{rows}\nSend 清除我的信息 to delete it."


def profile_cleared(language: Language) -> str:
    """Confirms that everything about the person was forgotten."""
    return (
        "已经清除，您说过的参保地、身份等信息我都不再保留。"
        if language == "zh"
        else "Done: I have forgotten your details."
    )


def noted(facts: Sequence[tuple[str, str]], language: Language) -> str:
    """Confirms facts that came without a question, and offers the two tools."""
    joined = "、".join(term(name, value, language) for name, value in facts)
    if language == "zh":
        return f"好的，{joined}。您想查备案怎么办，还是算能报多少？"
    return f"Noted: {joined}. Shall I check the filing or estimate the reimbursement?"


def tool_options(language: Language) -> tuple[Option, ...]:
    """The two tools as options."""
    if language == "zh":
        return (Option("备案资格核对", "备案资格核对"), Option("报销估算", "报销估算"))
    return (Option("Check the filing", "check my filing"), Option("Estimate", "estimate my reimbursement"))


def unsure(language: Language) -> str:
    """Offers the likeliest questions."""
    return (
        "您是想问下面哪一个？点一下或者换个说法再问："
        if language == "zh"
        else "Which of these do you mean? Tap one or put it another way:"
    )


def repeated_failure(hotline: str, language: Language) -> str:
    """Offers a human after the same thing failed twice."""
    if language == "zh":
        return f"不好意思，我没听懂。您可以打医保热线 {hotline} 找人工，或者点下面的功能："
    return f"Sorry, I did not understand. You can call {hotline}, or choose:"


def not_understood(language: Language) -> str:
    """The first time a message is not understood."""
    if language == "zh":
        return "不好意思，我没听明白。我只懂异地就医：备案、材料、报销这些。您换个说法试试？"
    return "Sorry, I did not understand. I know about medical care away from the insured city: filing, papers, reimbursement."


def missed_part(part: str, language: Language) -> str:
    """Names the part of a message that was left out, so that it is not lost."""
    if language == "zh":
        return f"您还问了“{part}”，这一句我没看懂，请单独再问一次。"
    return f"I did not understand this part: “{part}”. Please ask it on its own."


def english_lead(question: str | None) -> str:
    """Stands before a Chinese FAQ answer to a question in English; ``question`` is the topic's in English."""
    lead = "Here is the official answer (in Chinese):"
    return f"{question}\n{lead}" if question else lead


def retry(fact: str, language: Language) -> str:
    """Stands before a question that is asked again because the answer was not understood."""
    if fact == "cost":
        return "金额我没看懂。" if language == "zh" else "I could not read the amount."
    return "我没听明白，再问一次。" if language == "zh" else "Sorry, once more:"


def odd_amount(written: str, language: Language) -> str:
    """A friendly question about an amount that no bill can have."""
    if language == "zh":
        return f"“{written}”这个金额我算不了。费用要大于 0 元，一般也不会上千万。"
    return f"I cannot use the amount {written}: a bill is more than 0 and less than ten million yuan."


def stopped(language: Language) -> str:
    """Confirms that a tool was stopped."""
    return "好的，先不弄了。有别的问题随时问我。" if language == "zh" else "Stopped. Ask me anything else."


def nothing_more(language: Language) -> str:
    """Answers 继续 when nothing is left to show."""
    return "没有更多内容了，您可以接着问别的。" if language == "zh" else "There is nothing more to show."


def support_code(code: str, minutes: int, language: Language) -> str:
    """Gives the code that opens this conversation to a clerk; `bot/text/masking.py` knows the sentence and hides the code."""
    if language == "zh":
        return (
            f"您的客服码是 {code}，{minutes} 分钟内念给热线客服听，对方就能看到我们这段对话，"
            "但看不到您的证件号、手机号这些。"
        )
    return (
        f"Your support code (客服码) is {code}: read it to the hotline clerk within {minutes} minutes, who will then see "
        "this conversation without your personal numbers."
    )


def human(hotline: str, place: str | None, language: Language) -> str:
    """Where a human can be reached."""
    if language == "zh":
        where = f"{place}医保热线" if place else "全国医保热线"
        return f"人工请拨{where} {hotline}（工作时间）。我也可以先帮您查备案或估算报销。"
    return f"To talk to a person, call {hotline}. I can also check your filing or estimate the reimbursement."
