"""A route that asks models at once: one with a substitute, one with a deadline."""

import asyncio

from fastapi import FastAPI
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

app = FastAPI()
large = ChatOpenAI(model="gpt-5", timeout=2, max_retries=1)
small = ChatOpenAI(model="gpt-5-mini", timeout=3, max_retries=0)
patient = ChatOpenAI(model="gpt-5", timeout=60, max_retries=0)

summary = (
    ChatPromptTemplate.from_template("Summarize: {text}")
    | large.with_fallbacks([small])
    | StrOutputParser()
)


async def summarize(text: str) -> str:
    """The text in one sentence."""
    return await summary.ainvoke({"text": text})


async def classify(text: str) -> str:
    """What the text is about."""
    answer = await asyncio.wait_for(patient.ainvoke(f"Topic of: {text}"), timeout=5)
    return answer.text


@app.get("/report")
async def report(text: str = "It rained.") -> dict[str, str]:
    """A report, with whatever could be found out."""
    found = await asyncio.gather(summarize(text), classify(text), return_exceptions=True)
    title = await small.ainvoke(f"A title for: {text}")
    return {"title": title.text, "summary": str(found[0]), "topic": str(found[1])}
