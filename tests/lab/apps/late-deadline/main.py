"""A route with a deadline that the event loop cannot get to."""

import asyncio

from fastapi import FastAPI
from langchain_openai import ChatOpenAI

app = FastAPI()
model = ChatOpenAI(model="gpt-5-mini", timeout=4, max_retries=1)


async def answer(question: str) -> str:
    """Answers a question, and nobody else meanwhile."""
    return model.invoke(question).text


@app.get("/ask")
async def ask(question: str = "Why?") -> str:
    """Answers a question within two seconds, it was meant."""
    return await asyncio.wait_for(answer(question), timeout=2)
