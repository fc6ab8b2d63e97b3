"""The lab: a gateway between a client and a server, in network namespaces of this machine."""

from .gateway import Gateway, GatewayError
from .lab import HOSTS, Lab, LabError, clean_leftovers, running_labs

__all__ = ["HOSTS", "Gateway", "GatewayError", "Lab", "LabError", "clean_leftovers", "running_labs"]
