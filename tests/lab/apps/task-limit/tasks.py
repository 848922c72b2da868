"""A task that asks a model for longer than its worker lets it."""

from pathlib import Path

from celery import Celery
from langchain_openai import ChatOpenAI

# The simplest of all brokers: a folder.
Path("queue").mkdir(exist_ok=True)
app = Celery("tasks", broker="filesystem://")
app.conf.broker_transport_options = {"data_folder_in": "queue", "data_folder_out": "queue"}
model = ChatOpenAI(model="gpt-5-mini", timeout=4, max_retries=2)


@app.task
def summarize(text: str = "It rained.") -> str:
    """The text in one sentence."""
    return model.invoke(f"Summarize: {text}").text
