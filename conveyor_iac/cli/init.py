x=1
EXAMPLE=""
def run() -> None:
    """x"""
