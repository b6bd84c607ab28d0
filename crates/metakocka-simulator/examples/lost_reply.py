#!/usr/bin/env python3
"""Pages all documents, creates an order, loses its reply, and finds it again.

Written from Metakocka's documentation alone, with nothing but Python's standard library, as somebody
would who tests an integration of their own:

    metakocka-simulator --port 3001 &
    python3 lost_reply.py http://127.0.0.1:3001 16 simulator-secret

Only the functions of `Simulator` use what Metakocka does not have: they make a reply get lost.
"""

import http.client
import json
import sys
import time
import urllib.error
import urllib.request
from decimal import Decimal

DOC_TYPES = [
    "sales_offer", "sales_order", "sales_bill_domestic", "sales_bill_foreign", "sales_bill_retail",
    "sales_bill_prepaid", "sales_bill_credit_note",
]
PAGE = 100  # the most that a search gives


class LostReply(Exception):
    """The call was sent and no complete reply came: nobody knows whether it was stored."""


class Refused(Exception):
    """Metakocka said no, with a code and a text."""

    def __init__(self, reply):
        self.code = reply["opr_code"]
        text = reply.get("opr_desc_app") or reply.get("opr_desc") or "no text"
        super().__init__(f"code {self.code}: {text}")


def post(url, body, timeout=30):
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=timeout) as response:
        return json.loads(response.read())


class Metakocka:
    def __init__(self, base, company_id, secret_key):
        self.base = f"{base}/rest/eshop/v1"
        self.keys = {"company_id": company_id, "secret_key": secret_key}

    def call(self, path, **body):
        try:
            reply = post(f"{self.base}/{path}", {**self.keys, **body})
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise LostReply(f"{path}: {error!r}") from error
        # Some successful replies have no code at all.
        if reply.get("opr_code", "0") != "0":
            raise Refused(reply)
        return reply

    def documents(self, doc_type):
        """Every document of a type. Pages by the rows received: the counts are not to be trusted."""
        offset = 0
        while True:
            page = self.call("search", doc_type=doc_type, result_type="doc", limit=str(PAGE),
                             offset=str(offset), order_direction="asc")
            rows = one_or_many(page.get("result"))
            yield from rows
            offset += len(rows)
            if not rows or offset >= int(page["result_all_records"]):
                return

    def order_by_number(self, buyer_order):
        """The order with this number of ours, or None."""
        try:
            return self.call("get_document", doc_type="sales_order", buyer_order=buyer_order)
        except Refused as refusal:
            if refusal.code == "2":
                return None
            raise

    def put_order(self, buyer_order, partner, product, amount):
        return self.call(
            "put_document", doc_type="sales_order", doc_date="03.09.2026", buyer_order=buyer_order,
            partner={"mk_id": partner["mk_id"], "mk_address_id": partner["mk_address_id"]},
            product_list=[{"count_code": product["count_code"], "code": product["code"],
                           "amount": str(amount), "price": "1.20", "discount": "5", "tax": "EX4"}])


class Simulator:
    """What a test may ask of the simulator and nobody of Metakocka."""

    def __init__(self, base):
        self.base = f"{base}/_sim"

    def fault(self, **rule):
        post(f"{self.base}/faults", {"endpoint": "put_document", "nth": 1, **rule})


def one_or_many(value):
    """One element comes as an object, none as nothing."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def check(holds, sentence):
    if not holds:
        raise SystemExit(f"FAILED: {sentence}")
    print(f"ok: {sentence}")


def page_everything(mk):
    partner = None
    total = 0
    for doc_type in DOC_TYPES:
        seen = set()
        for document in mk.documents(doc_type):
            seen.add(document["mk_id"])
            Decimal(document["sum_all"])
            candidate = document["partner"]
            if doc_type == "sales_order" and candidate.get("mk_address_id"):
                partner = candidate
        count = int(mk.call("search", doc_type=doc_type, limit="1")["result_all_records"])
        check(len(seen) == count, f"{doc_type}: {count} documents, each once")
        total += count
    print(f"ok: {total} documents in all")
    return partner


def a_product(mk):
    page = mk.call("json/product_list", sales="true", service="false", limit="1")
    return one_or_many(page["product_list"])[0]


def lose_and_find(mk, simulator, partner, product):
    number = f"PY-{time.time_ns() // 1_000_000}"
    check(mk.order_by_number(number) is None, f"no order has the number {number}")
    simulator.fault(effect="drop_after_store")
    try:
        mk.put_order(number, partner, product, 10)
        check(False, "the reply is lost")
    except LostReply as lost:
        print(f"ok: the reply is lost ({lost})")
    # Sending it again would make a second order. Look first.
    order = mk.order_by_number(number)
    check(order is not None, f"the order is there all the same: {order and order['count_code']}")
    lines = one_or_many(order["product_list"])
    check(len(lines) == 1 and lines[0]["code"] == product["code"], "it has the line that was sent")
    check(Decimal(lines[0]["amount"]) == 10, "with its amount")
    check(Decimal(order["sum_all"]) == Decimal("13.91"), "and the sum: 10 × 1.20 − 5 % + 22 %")
    same = [order for order in mk.documents("sales_order") if order.get("buyer_order") == number]
    check(len(same) == 1, "there is one order with this number, not two")


def lose_and_wait(mk, simulator, partner, product):
    """The server is still working when the caller has given up."""
    number = f"PYL-{time.time_ns() // 1_000_000}"
    simulator.fault(effect="delayed_commit_ms", ms=1_500)
    try:
        mk.put_order(number, partner, product, 3)
        check(False, "the reply is lost")
    except LostReply:
        pass
    check(mk.order_by_number(number) is None, "a look-up at once finds nothing, which proves nothing")
    deadline = time.monotonic() + 10
    while mk.order_by_number(number) is None and time.monotonic() < deadline:
        time.sleep(0.2)
    check(mk.order_by_number(number) is not None, "a later one finds the order")


def main():
    if len(sys.argv) != 4:
        raise SystemExit(f"usage: {sys.argv[0]} URL COMPANY_ID SECRET_KEY")
    base, company_id, secret_key = sys.argv[1:]
    mk, simulator = Metakocka(base, company_id, secret_key), Simulator(base)
    partner = page_everything(mk)
    product = a_product(mk)
    lose_and_find(mk, simulator, partner, product)
    lose_and_wait(mk, simulator, partner, product)
    print("all is well")


if __name__ == "__main__":
    main()
