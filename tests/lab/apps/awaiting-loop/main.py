"""A route that waits for a model without blocking the event loop."""

from fastapi import FastAPI
from langchain_openai import ChatOpenAI

app = FastAPI()
model = ChatOpenAI(model="gpt-5-mini", timeout=6, max_retries=0)


@app.get("/ask")
async def ask(question: str = "Why?") -> str:
    """Answers a question."""
    answer = await model.ainvoke(question)
    return answer.text
