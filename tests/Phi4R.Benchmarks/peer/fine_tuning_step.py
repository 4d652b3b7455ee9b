"""The step of FineTuningStep.cs in PyTorch: transformers' Phi-3 at Phi-4-mini's sizes, random bf16 weights, every block checkpointed, fused AdamW in bf16.

    python3 tests/Phi4R.Benchmarks/peer/fine_tuning_step.py [--layers 32] [--tokens 4096 16384] [--times 3] [--loss whole|chunked]

The pass (forward and backward) is the same work as Phi4R's and compares like for like. The update is not: moments and weights here are plain bf16, with no
32-bit masters, so that it moves a quarter of the bytes and loses updates that a 16-bit weight cannot hold.
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint
from transformers import Phi3Config, Phi3ForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("--layers", type=int, default=32)
parser.add_argument("--tokens", type=int, nargs="+", default=[4096, 16384])
parser.add_argument("--times", type=int, default=3)
parser.add_argument("--loss", choices=["whole", "chunked"], default="chunked")
given = parser.parse_args()
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

WIDTH, VOCABULARY = 3072, 200064
config = Phi3Config(
    vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=8192, num_hidden_layers=given.layers, num_attention_heads=24, num_key_value_heads=8,
    max_position_embeddings=131072, original_max_position_embeddings=131072, tie_word_embeddings=True, attention_dropout=0.0, resid_pdrop=0.0, embd_pdrop=0.0,
    rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.75}, pad_token_id=0, bos_token_id=1, eos_token_id=2, use_cache=False)
config._attn_implementation = "sdpa"


def wait():
    if device.type == "cuda":
        torch.cuda.synchronize()


def product():
    size = 8192 if device.type == "cuda" else 1024
    square = torch.randn(size, size, device=device).bfloat16()
    seconds = []
    for _ in range(14):
        start = time.perf_counter()
        square @ square
        wait()
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / statistics.median(seconds[4:])


def part(hidden, weight, targets):
    return F.cross_entropy((hidden @ weight.t()).float(), targets, reduction="sum")


def loss_of(model, ids):
    if given.loss == "whole":
        return model(input_ids=ids, labels=ids).loss
    hidden, targets = model.model(input_ids=ids).last_hidden_state[0, :-1], ids[0, 1:]
    total = sum(checkpoint(part, hidden[i : i + 1024], model.lm_head.weight, targets[i : i + 1024], use_reentrant=False) for i in range(0, len(targets), 1024))
    return total / len(targets)


limit = product()
torch.set_default_dtype(torch.bfloat16)
with device:
    model = Phi3ForCausalLM(config)
torch.set_default_dtype(torch.float32)
model.tie_weights()
model.train()
model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
weights = sum(p.numel() for p in model.parameters())
print(f"{torch.__version__} {device}, {weights / 1e9:.3f}B weights {next(model.parameters()).dtype} in {given.layers} blocks, attention {config._attn_implementation}, loss {given.loss}; bf16 product {limit / 1e12:.1f} TFLOP/s", flush=True)

for length in given.tokens:
    try:
        ids = torch.randint(3, VOCABULARY, (1, length), device=device)
        rows = []
        for _ in range(given.times + 1):
            start = time.perf_counter()
            loss = loss_of(model, ids)
            loss.backward()
            value = loss.item()
            wait()
            between = time.perf_counter()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            wait()
            rows.append((between - start, time.perf_counter() - between, value))
        forward, update = (statistics.median(row[i] for row in rows[1:]) for i in (0, 1))
        flops = 6 * weights * length + 6 * length * length * WIDTH * given.layers
        memory = f"{torch.cuda.max_memory_allocated() / 1e9:.1f} GB allocated, {torch.cuda.max_memory_reserved() / 1e9:.1f} reserved" if device.type == "cuda" else ""
        print(f"  1 x {length} tokens: pass {forward:.3f} s = {length / forward:,.0f} tokens/s = {100 * flops / forward / limit:.1f} % of the product; update {update:.3f} s; "
              f"one pass a step {length / (forward + update):,.0f} tokens/s; {memory}; losses {', '.join(f'{row[2]:.3f}' for row in rows)}", flush=True)
    except torch.OutOfMemoryError as error:
        optimizer.zero_grad(set_to_none=True)
        print(f"  1 x {length} tokens: out of memory: {str(error)[:120]}", flush=True)
