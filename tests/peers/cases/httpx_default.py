# ends: `httpx` gives up after 5 s of silence by itself
import httpx
from langchain_core.tools import tool


@tool
def search(query: str) -> str:
    """Searches the web."""
    return httpx.get("https://search.example", params={"q": query}).text
