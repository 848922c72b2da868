"""A route that means to ask at once, but blocks the event loop with each question."""

import asyncio

from fastapi import FastAPI
from langchain_openai import ChatOpenAI

app = FastAPI()
model = ChatOpenAI(model="gpt-5-mini", timeout=3, max_retries=0)


async def answer(question: str) -> str:
    """Answers one question."""
    try:
        return model.invoke(question).text
    except Exception:
        return "nobody knows"


@app.get("/ask")
async def ask() -> list[str]:
    """Answers three questions."""
    return await asyncio.gather(answer("Who?"), answer("When?"), answer("Why?"))
