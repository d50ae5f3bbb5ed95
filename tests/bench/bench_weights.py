# Loading against the safetensors package, and the memory of a conversion, on synthetic Llama folders under /tmp.
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: python bench_weights.py load BENCH_LOAD [float32|bfloat16] [ROUNDS]      (needs torch, numpy, safetensors)
#        python bench_weights.py convert BENCH_LOAD MOLT [LAYERS [VOCABULARY [ARGUMENTS OF molt convert]]]
# BENCH_LOAD and MOLT are the built programs. The folders are deleted at the end.
import statistics
import subprocess
import sys
import tempfile
import time


def make(bench, folder, layers, vocabulary, dtype):
    subprocess.run([bench, "make", folder, str(layers), "2048", str(vocabulary), dtype], check=True)


def package_times(path, rounds, molt_round):
    """Seconds of each way of the package (safetensors.torch maps the file and reads nothing) and of molt (reads all)."""
    import safetensors.numpy
    import safetensors.torch

    def read():
        return [tensor.clone() for tensor in safetensors.torch.load_file(path).values()]

    works = {"torch, mapped only": lambda: safetensors.torch.load_file(path), "torch, read": read}
    if "float32" in sys.argv:
        works["numpy"] = lambda: safetensors.numpy.load_file(path)
    times = {name: [] for name in works}
    times["molt"] = []
    for number in range(rounds + 1):
        for name, work in works.items():
            start = time.perf_counter()
            kept = work()
            times[name].append(time.perf_counter() - start)
            del kept
        times["molt"].append(molt_round())
    return {name: values[1:] for name, values in times.items()}


def load(bench, dtype="float32", rounds="5"):
    with tempfile.TemporaryDirectory() as folder:
        make(bench, folder, 2, 128256, dtype)
        server = subprocess.Popen([bench, "serve", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def molt_round():
            server.stdin.write("\n")
            server.stdin.flush()
            return float(server.stdout.readline())

        times = package_times(folder + "/model.safetensors", int(rounds), molt_round)
        server.stdin.close()
        server.wait()
        ours = statistics.median(times["molt"])
        for name, values in times.items():
            middle = statistics.median(values)
            print(f"{name}: {middle:.3f} s (of {min(values):.3f} to {max(values):.3f}), {middle / ours:.2f}x of molt's")


def peaks(process):
    """Largest anonymous, file-backed and total resident memory in MiB."""
    largest = {"RssAnon": 0, "RssFile": 0, "VmHWM": 0}
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                for line in status:
                    key, _, value = line.partition(":")
                    if key in largest:
                        largest[key] = max(largest[key], int(value.split()[0]) // 1024)
        except (ProcessLookupError, FileNotFoundError):
            break
        time.sleep(0.005)
    return largest


def convert(bench, molt, layers="16", vocabulary="128256", *arguments):
    with tempfile.TemporaryDirectory() as folder:
        make(bench, folder + "/teacher", layers, vocabulary, "bfloat16")
        options = arguments or ("--mixer", "mamba2", "--attention", "0.5", "--init", "copy")
        start = time.perf_counter()
        process = subprocess.Popen([molt, "convert", folder + "/teacher", folder + "/student", *options])
        largest = peaks(process)
        print(f"{time.perf_counter() - start:.1f} s, exit {process.wait()}, peak MiB {largest}")
        subprocess.run(["ls", "-l", folder + "/student"], check=False)


if __name__ == "__main__":
    {"load": load, "convert": convert}[sys.argv[1]](*sys.argv[2:])
