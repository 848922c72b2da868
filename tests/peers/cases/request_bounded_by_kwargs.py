# ends: the timeout arrives in a dict
import requests
from langchain_core.tools import tool

OPTIONS = {"timeout": 10}


@tool
def search(query: str) -> str:
    """Searches the web."""
    return requests.get("https://search.example", params={"q": query}, **OPTIONS).text
