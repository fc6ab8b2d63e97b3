"""The box file of a gateway, and the memory and cores that it asks for."""

import os
import pathlib

from .process import run

HUGE_PAGE_MEGABYTES = 2
NR_HUGEPAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
FREE_HUGEPAGES = NR_HUGEPAGES.with_name("free_hugepages")


def reserve_huge_pages(megabytes):
    """Sees to it that this much is free in huge pages. False when the machine will not give them."""
    wanted = -(-megabytes // HUGE_PAGE_MEGABYTES)
    try:
        short = wanted - int(FREE_HUGEPAGES.read_text())
        if short > 0:
            if short * HUGE_PAGE_MEGABYTES > available_megabytes() // 2:
                return False
            NR_HUGEPAGES.write_text(str(int(NR_HUGEPAGES.read_text()) + short))
        if int(FREE_HUGEPAGES.read_text()) < wanted:
            return False
        if not os.path.ismount("/dev/hugepages"):
            os.makedirs("/dev/hugepages", exist_ok=True)
            return run(["mount", "-t", "hugetlbfs", "nodev", "/dev/hugepages"], check=False).returncode == 0
    except (OSError, ValueError):
        return False
    return True


def available_megabytes():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return 0


def cores():
    """One core for everything else and one for the worker; on a machine of one core they share it."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], [usable[1] if len(usable) > 1 else usable[0]]


def to_yaml(value, indent=0):
    """The little YAML that a box file needs: maps, lists of maps or numbers, scalars, one in another."""
    pad = "  " * indent
    lines = []
    for key, item in value.items():
        if isinstance(item, list) and item and isinstance(item[0], dict):
            lines.append(f"{pad}{key}:")
            for entry in item:
                body = to_yaml(entry, indent + 2).splitlines()
                lines.append(f"{pad}  - {body[0].strip()}")
                lines += body[1:]
        elif isinstance(item, list):
            lines.append(f"{pad}{key}: [{', '.join(map(str, item))}]")
        elif isinstance(item, dict):
            lines += [f"{pad}{key}:", to_yaml(item, indent + 1).rstrip("\n")]
        elif isinstance(item, bool):
            lines.append(f"{pad}{key}: {'true' if item else 'false'}")
        elif isinstance(item, str):
            escaped = item.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'{pad}{key}: "{escaped}"')
        else:
            lines.append(f"{pad}{key}: {item}")
    return "\n".join(lines) + "\n"


def box_settings(directory, ports, geo_database="", **changes):
    """What every lab's box file says; `changes` replaces single keys."""
    control_core, worker_cores = cores()
    settings = {
        "name": "lab",
        "run_dir": str(directory / "run"),
        "state_dir": str(directory / "state"),
        "log_dir": str(directory / "log"),
        "geo_database": geo_database,
        "ports": ports,
        "control_core": control_core,
        "worker_cores": worker_cores,
        "shared_cores": control_core in worker_cores,
        "memory_megabytes": 128,
        "flow_capacity": 65536,
        "mtu": 1500,
        "idle_sleep_us": 50,
        "stats_interval_seconds": 2,
    } | changes
    if "huge_pages" not in settings:
        # buffers, plus about 1 KB a flow, plus what DPDK and the snapshots need
        need = settings["memory_megabytes"] + settings["flow_capacity"] // 1024 + 192
        settings["huge_pages"] = reserve_huge_pages(need)
    return settings
