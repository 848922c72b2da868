# hangs: a session waits for ever, too
import requests
from langchain_core.tools import tool

session = requests.Session()


@tool
def search(query: str) -> str:
    """Searches the web."""
    return session.get("https://search.example", params={"q": query}).text
