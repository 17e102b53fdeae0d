"""A QuickFIX engine in a process of its own: JSON commands on stdin, JSON events on stdout.

`python -m tests.quoting.io.quickfix_engine initiator|acceptor PORT FOLDER DICTIONARY SECONDS`
"""

import json
import sys
from pathlib import Path
from typing import Any

import quickfix as fix

SETTINGS = """
[DEFAULT]
ConnectionType={role}
BeginString=FIX.4.4
SenderCompID=CHANNEL1
TargetCompID=RISKGW
StartTime=00:00:00
EndTime=00:00:00
HeartBtInt={heartbeat}
ReconnectInterval=1
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
SocketAcceptPort={port}
SocketReuseAddress=Y
SocketNodelay=Y
UseDataDictionary=Y
DataDictionary={dictionary}
FileStorePath={folder}/store
FileLogPath={folder}/log
[SESSION]
"""


def say(event: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class Application(fix.Application):  # type: ignore[misc]  # without types
    """Tells what happens; answers a MassQuote if it is told to."""

    def __init__(self, dictionary: Path) -> None:
        super().__init__()
        self.session: Any = None
        self.answers_quotes = True
        self._dictionary = fix.DataDictionary(str(dictionary))

    def onCreate(self, session: Any) -> None:  # noqa: N802  # the name is QuickFIX's
        self.session = session

    def onLogon(self, session: Any) -> None:  # noqa: N802  # likewise
        say("logon")

    def onLogout(self, session: Any) -> None:  # noqa: N802  # likewise
        say("logout")

    def toAdmin(self, message: Any, session: Any) -> None:  # noqa: N802  # likewise
        say("admin out", message=message.toString())

    def toApp(self, message: Any, session: Any) -> None:  # noqa: N802  # likewise
        pass

    def fromAdmin(self, message: Any, session: Any) -> None:  # noqa: N802  # likewise
        say("admin", message=message.toString())

    def fromApp(self, message: Any, session: Any) -> None:  # noqa: N802  # likewise
        text = message.toString()
        say("message", message=text)
        if self.answers_quotes and "\x0135=i\x01" in text:
            quote_id = text.partition("\x01117=")[2].partition("\x01")[0]
            self.send(f"35=b\x01117={quote_id}\x01297=0\x01")

    def send(self, fields: str) -> None:
        """A message of these fields, put together and checked by QuickFIX."""
        message = fix.Message()
        text = f"8=FIX.4.4\x019={len(fields)}\x01{fields}10=000\x01"
        message.setString(text, False, self._dictionary)  # noqa: FBT003  # its checksum is a blank
        fix.Session.sendToTarget(message, self.session)

    def obey(self, command: dict[str, Any]) -> None:
        session = fix.Session.lookupSession(self.session)
        match command["do"]:
            case "send":
                self.send(command["fields"])
            case "skip":
                number = session.getExpectedSenderNum() + command["count"]
                session.setNextSenderMsgSeqNum(number)
            case "number":
                session.setNextSenderMsgSeqNum(command["number"])
            case "logout":
                session.logout(command["text"])


def main(role: str, port: str, folder: str, dictionary: str, heartbeat: str) -> None:
    Path(folder).mkdir(exist_ok=True)
    settings_file = Path(folder) / "settings"
    settings_file.write_text(
        SETTINGS.format(
            role=role, port=port, folder=folder, dictionary=dictionary, heartbeat=heartbeat
        )
    )
    settings = fix.SessionSettings(str(settings_file))
    application = Application(Path(dictionary))
    store, log = fix.FileStoreFactory(settings), fix.FileLogFactory(settings)
    kind = fix.SocketInitiator if role == "initiator" else fix.SocketAcceptor
    engine = kind(application, store, settings, log)
    engine.start()
    say("started")
    for line in sys.stdin:
        application.obey(json.loads(line))
    engine.stop(True)  # noqa: FBT003  # by force: nobody waits for a logout


if __name__ == "__main__":
    main(*sys.argv[1:])
