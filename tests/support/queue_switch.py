"""Members and pauses as app_queue keeps them and answers of them, for tests of those who change them."""

from __future__ import annotations

from hotline.telephony.ami_errors import AmiRefusedError
from hotline.telephony.ami_message import AmiMessage


class QueueSwitch:
    """Queues by name, each with its members' pauses by interface, empty for none."""

    def __init__(self, queues=("public", "enterprise")):
        self.members = {queue: {} for queue in queues}
        self.variables = {}
        self.asked = []

    async def action(self, name, fields=None, *, limit_s=5.0):
        fields = fields or {}
        self.asked.append((name, fields.get("Queue", ""), fields.get("Reason", "")))
        interface = fields.get("Interface", "")
        if name == "QueueAdd":
            members = self._queue(name, fields)
            if interface in members:
                raise AmiRefusedError(name, "Unable to add interface: Already there")
            members[interface] = "paused" if fields["Paused"] == "true" else ""
        elif name == "QueueRemove":
            if self._queue(name, fields).pop(interface, None) is None:
                raise AmiRefusedError(name, "Unable to remove interface: Not there")
        elif name == "QueuePause":
            named = fields.get("Queue")
            queues = self.members.values() if named is None else [self.members[named]]
            found = [members for members in queues if interface in members]
            if not found:
                raise AmiRefusedError(name, "Interface not found")
            for members in found:
                members[interface] = fields["Reason"] if fields["Paused"] == "true" else ""
        elif name == "Setvar":
            self.variables[fields["Variable"]] = fields["Value"]
        elif name == "QueueStatus":
            return [AmiMessage(b"Response: Success\r\nEventList: start")] + [
                AmiMessage(
                    f"Event: QueueMember\r\nQueue: {queue}\r\nName: x\r\nLocation: {one}\r\nStatus: 1\r\n"
                    f"Paused: {int(bool(reason))}\r\nPausedReason: {reason}\r\n"
                    "InCall: 0\r\nCallsTaken: 0".encode()
                )
                for queue, members in self.members.items()
                for one, reason in members.items()
            ]
        return [AmiMessage(b"Response: Success")]

    def _queue(self, name, fields):
        if fields["Queue"] not in self.members:
            raise AmiRefusedError(name, "Unable to remove interface from queue: No such queue")
        return self.members[fields["Queue"]]
