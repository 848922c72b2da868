# hangs: `requests` waits for ever without a timeout
import requests
from langchain_core.tools import tool


@tool
def search(query: str) -> str:
    """Searches the web."""
    return requests.get("https://search.example", params={"q": query}).text
