"""People with slixmpp, a client that nobody here wrote: orders come in as lines of JSON, what they hear goes out as lines of JSON."""

import asyncio
import json
import sys

import slixmpp


def tell(**event):
    print(json.dumps(event), flush=True)


class Person(slixmpp.ClientXMPP):
    def __init__(self, name, address, password, port):
        super().__init__(address, password)
        self.name = name
        self.auto_authorize = True
        for plugin in ("xep_0045", "xep_0199", "xep_0249"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", self.begin)
        self.add_event_handler("message", self.hear)
        for event in ("groupchat_presence", "presence_available"):
            self.add_event_handler(event, self.see)
        self.connect(("127.0.0.1", port), disable_starttls=True, use_ssl=False)

    async def begin(self, _):
        self.send_presence()
        tell(who=self.name, event="online", address=str(self.boundjid))

    def see(self, presence):
        tell(who=self.name, event="presence", sender=str(presence["from"]), isThere=presence["type"] != "unavailable")

    def hear(self, message):
        replaced = message.xml.find("{urn:xmpp:message-correct:0}replace")
        given = message.xml.find("{urn:xmpp:sid:0}stanza-id")
        tell(
            who=self.name,
            event="message",
            id=message["id"],
            type=message["type"],
            sender=str(message["from"]),
            body=message["body"],
            replaces=None if replaced is None else replaced.get("id"),
            stanzaId=None if given is None else given.get("id"),
            condition=message["error"]["condition"] if message["type"] == "error" else None,
        )


async def carry_out(people, order):
    do, who = order["do"], order["who"]
    if do == "login":
        people[who] = Person(who, order["address"], order["password"], order["port"])
        return
    person = people[who]
    muc = person["xep_0045"]
    if do == "raw":
        person.send_raw(order["xml"])
    elif do == "join":
        await muc.join_muc_wait(order["room"], order["nick"], maxstanzas=0)
    elif do == "affiliation":
        await muc.set_affiliation(order["room"], jid=order["address"], affiliation=order["affiliation"])
    elif do == "configure":
        form = await muc.get_room_config(order["room"])
        form["type"] = "submit"
        for name, value in order["fields"].items():
            form["values"] = {**form["values"], name: value}
        await muc.set_room_config(order["room"], form)
    elif do == "kick":
        await muc.set_role(order["room"], order["nick"], "none")
    elif do == "destroy":
        await muc.destroy(order["room"])
    elif do == "leave":
        person.disconnect()


async def main():
    people = {}
    reader = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def obey(order):
        try:
            await carry_out(people, order)
            tell(event="done", order=order["order"])
        except Exception as error:
            tell(event="failed", order=order["order"], reason=repr(error))

    while line := await reader.readline():
        asyncio.ensure_future(obey(json.loads(line)))


asyncio.run(main())
