"""A route that blocks the event loop while it waits for a model."""

from fastapi import FastAPI
from langchain_openai import ChatOpenAI

app = FastAPI()
model = ChatOpenAI(model="gpt-5-mini", timeout=10, max_retries=0)


@app.get("/ask")
async def ask(question: str = "Why?") -> str:
    """Answers a question, and nobody else meanwhile."""
    return model.invoke(question).text
