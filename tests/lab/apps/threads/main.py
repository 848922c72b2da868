"""A route of Flask with a retry loop written by hand around a model."""

import time

from flask import Flask
from langchain_openai import ChatOpenAI

app = Flask(__name__)
model = ChatOpenAI(model="gpt-5-mini", timeout=3, max_retries=0)


def answer(question: str) -> str:
    """Asks up to three times, with longer and longer pauses."""
    for attempt in range(3):
        try:
            return model.invoke(question).text
        except Exception:
            if attempt == 2:
                raise
            time.sleep(2**attempt)
    raise AssertionError("the last attempt returns or raises")


@app.get("/ask")
def ask() -> str:
    """Answers a question."""
    return answer("Why?")
