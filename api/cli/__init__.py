"""The command `sanxun`: `app.py` names the commands, one module holds each."""
