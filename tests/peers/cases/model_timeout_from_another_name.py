# hangs: the value is None, one assignment away
from langchain_openai import ChatOpenAI

REQUEST_TIMEOUT = None
llm = ChatOpenAI(model="gpt-4o-mini", timeout=REQUEST_TIMEOUT)
print(llm.invoke("Summarize this policy."))
