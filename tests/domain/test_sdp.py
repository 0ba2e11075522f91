"""No address of a device that has not accepted is left in what a visitor is given."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from intercom.domain.sdp import relayed, relayed_candidates, relayed_only

OFFER = (
    "v=0\r\no=mozilla 123 0 IN IP4 198.51.100.7\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP6 2001:db8::7\r\na=rtcp:9 IN IP4 198.51.100.7\r\n"
    "a=candidate:1 1 udp 2113937151 192.168.1.20 51000 typ host generation 0\r\n"
    "a=candidate:2 1 udp 1677729535 198.51.100.7 51000 typ srflx raddr 192.168.1.20 rport 51000\r\n"
    "a=candidate:3 1 udp 33562367 203.0.113.9 50100 typ relay raddr 198.51.100.7 rport 51000\r\n"
    "a=ice-ufrag:abcd\r\na=mid:0\r\na=sendrecv\r\n"
)
OWN = ("192.168.1.20", "198.51.100.7", "2001:db8::7", "51000")


def test_a_description_keeps_its_relay_and_loses_every_other_address() -> None:
    shown = relayed_only(OFFER)
    assert not [address for address in OWN if address in shown]
    assert "203.0.113.9 50100 typ relay raddr 0.0.0.0 rport 0" in shown
    assert shown.count("\r\n") == OFFER.count("\r\n") - 2
    for kept in ("o=mozilla 123 0 IN IP4 0.0.0.0", "a=rtcp:9\r\n", "a=ice-ufrag:abcd", "a=sendrecv"):
        assert kept in shown


def test_of_candidates_those_of_a_relay_pass_and_the_word_that_no_more_come() -> None:
    lines = [line[2:] for line in OFFER.splitlines() if line.startswith("a=candidate")]
    found = [{"candidate": line, "sdpMid": "0"} for line in lines]
    passed = relayed_candidates([*found, {"candidate": "", "sdpMid": "0"}])
    assert passed == [
        {"candidate": lines[2].split(" raddr")[0] + " raddr 0.0.0.0 rport 0", "sdpMid": "0"},
        {"candidate": "", "sdpMid": "0"},
    ]


@given(st.text(max_size=60), st.sampled_from(["host", "srflx", "prflx", "HOST", "", "relayed", "x relay"]))
def test_nothing_but_a_relay_passes_however_the_line_is_written(junk: str, kind: str) -> None:
    line = f"candidate:1 1 udp 1 192.168.1.20 51000 typ {kind} {junk.replace('typ', '')}"
    assert relayed(line) is None


@given(st.lists(st.sampled_from([*OFFER.splitlines(keepends=True), "a=candidate:9\n", "a=candidate: typ\r"])))
def test_lines_in_any_order_never_show_an_own_address(lines: list[str]) -> None:
    shown = relayed_only("".join(lines))
    assert not [address for address in OWN if address in shown]
