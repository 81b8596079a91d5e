"""Child process: the same pages of the portal's interface, asked for one after the other."""

from __future__ import annotations

import time

import httpx
import orjson

from bench.measure import answer, read_job


def main() -> None:
    """Fetch and decode every page of the catalogue; keep nothing."""
    job = read_job()
    began = time.perf_counter()
    start = datasets = resources = 0
    with httpx.Client(base_url=job["url"], headers=job["headers"], timeout=60) as client:
        while True:
            page = {"rows": job["rows"], "start": start, "sort": "id asc"}
            response = client.get("/api/3/action/package_search", params=page)
            found = orjson.loads(response.raise_for_status().content)["result"]
            datasets += len(found["results"])
            resources += sum(len(dataset["resources"]) for dataset in found["results"])
            start += len(found["results"])
            if not found["results"] or start >= found["count"]:
                break
    answer(time.perf_counter() - began, datasets=datasets, resources=resources)


if __name__ == "__main__":
    main()
