"""Who asks: the address of the connection, or, behind proxies that are trusted, the one they say (X-Forwarded-For)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from cpbm_kg.errors import Message, UsageError


class Proxies:
    """The trusted proxies, as addresses or networks separated by commas; raises UsageError for what is neither."""

    def __init__(self, networks: str = ""):
        try:
            self._networks = [ipaddress.ip_network(network.strip()) for network in networks.split(",") if network.strip()]
        except ValueError as error:
            raise UsageError(Message(f"CPBM_TRUSTED_PROXIES : {error}", f"CPBM_TRUSTED_PROXIES: {error}"),
                             Message("donnez des adresses ou des réseaux : 127.0.0.1,10.0.0.0/8", "give addresses or networks: 127.0.0.1,10.0.0.0/8")) from None
        self.client = lru_cache(1024)(self._client)

    def _client(self, peer: str, forwarded: str | None) -> str:
        """The last address that no trusted proxy wrote about itself; `peer` is address and port of the connection."""
        address = peer.rpartition(":")[0].strip("[]")
        hops = [hop.strip() for hop in (forwarded or "").split(",") if hop.strip()]
        while hops and self._trusts(address):
            address = hops.pop()
        return address

    def _trusts(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in self._networks)
        except ValueError:
            return False
