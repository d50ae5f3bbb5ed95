# Attention/Mamba hybrids in the layout of MambaInLlama (https://arxiv.org/abs/2408.15237) for plain transformers.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load the folder that holds this file with AutoModelForCausalLM.from_pretrained(..., trust_remote_code=True).

Written for clarity: pure PyTorch, the recurrences run token by token in float32, and generation computes the whole
sequence again for every token. Layers of attention (Llama, Mistral, Qwen2, Qwen3), Mamba-1 and Mamba-2 may be mixed.

Shapes: B batch, T tokens, D hidden size, C channels, H heads, P channels of a head, N state size.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast


class MoltHybridConfig(PretrainedConfig):
    """config.json of a Molt hybrid: the keys of its teacher's family, and "molt_hybrid" with the layer plan."""

    model_type = "molt_hybrid"

    def __init__(
        self,
        vocab_size=32000,
        hidden_size=4096,
        intermediate_size=14336,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=None,
        rms_norm_eps=1e-5,
        max_position_embeddings=2048,
        rope_theta=10000.0,
        rope_scaling=None,
        rope_parameters=None,
        molt_hybrid=None,
        **kwargs,
    ):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.intermediate_size = intermediate_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.num_key_value_heads = num_key_value_heads
        self.head_dim = head_dim or hidden_size // num_attention_heads
        self.rms_norm_eps = rms_norm_eps
        self.max_position_embeddings = max_position_embeddings
        rope = dict(rope_parameters or rope_scaling or {})
        self.rope_theta = rope.pop("rope_theta", rope_theta)
        self.rope_scaling = rope or None
        self.rope_parameters = {"rope_type": "default", **rope, "rope_theta": self.rope_theta}
        self.molt_hybrid = molt_hybrid or {"mixers": ["attention"] * num_hidden_layers, "attention": {}}
        # Read from "molt_hybrid": what other programs make of these keys does not belong here.
        for key in ("sliding_window", "use_sliding_window", "max_window_layers", "layer_types"):
            kwargs.pop(key, None)
        kwargs["use_cache"] = False
        super().__init__(**kwargs)


def rms_norm(x, weight, eps):
    wide = x.float()
    return weight * (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)).to(x.dtype)


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        return rms_norm(x, self.weight, self.eps)


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


def rope_frequencies(config, device):
    """Angle per position of every pair of channels."""
    exponents = torch.arange(0, config.head_dim, 2, device=device, dtype=torch.float32) / config.head_dim
    frequencies = 1.0 / config.rope_theta**exponents
    scaling = config.rope_scaling or {}
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if kind == "default":
        return frequencies
    if kind == "linear":
        return frequencies / scaling["factor"]
    if kind != "llama3":
        raise ValueError(f"RoPE scaling {kind!r} is not supported")
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    turns = scaling["original_max_position_embeddings"] * frequencies / (2 * math.pi)
    share = ((turns - low) / (high - low)).clamp(0, 1)
    return share * frequencies + (1 - share) * frequencies / scaling["factor"]


def rotate(x_BHTP, angles_BTP):
    """Half-split rotary embedding."""
    first, second = x_BHTP.chunk(2, dim=-1)
    cos, sin = angles_BTP.cos().to(x_BHTP.dtype)[:, None], angles_BTP.sin().to(x_BHTP.dtype)[:, None]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        options = config.molt_hybrid["attention"]
        self.window = options.get("sliding_window", 0)
        width = config.num_attention_heads * config.head_dim
        kv_width = config.num_key_value_heads * config.head_dim
        qkv_bias = options.get("qkv_bias", False)
        self.q_proj = nn.Linear(config.hidden_size, width, bias=qkv_bias)
        self.k_proj = nn.Linear(config.hidden_size, kv_width, bias=qkv_bias)
        self.v_proj = nn.Linear(config.hidden_size, kv_width, bias=qkv_bias)
        self.o_proj = nn.Linear(width, config.hidden_size, bias=options.get("out_bias", False))
        if options.get("qk_norm", False):
            self.q_norm = RMSNorm(config.head_dim, config.rms_norm_eps)
            self.k_norm = RMSNorm(config.head_dim, config.rms_norm_eps)

    def visible(self, mask_BT):
        """(B,1,T,T): which keys a query sees; always itself, so that no row is empty."""
        tokens = mask_BT.shape[1]
        position = torch.arange(tokens, device=mask_BT.device)
        distance = position[:, None] - position[None, :]
        seen = distance >= 0
        if self.window > 0:
            seen &= distance < self.window
        return (seen[None, None] & mask_BT[:, None, None].bool()) | (distance == 0)

    def forward(self, x_BTD, mask_BT, position_BT):
        batch, tokens, _ = x_BTD.shape
        query, key, value = (
            projection(x_BTD).view(batch, tokens, -1, self.config.head_dim)
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        if hasattr(self, "q_norm"):
            query, key = self.q_norm(query), self.k_norm(key)
        angles_BTP = position_BT[..., None].float() * rope_frequencies(self.config, x_BTD.device)
        query, key = rotate(query.transpose(1, 2), angles_BTP), rotate(key.transpose(1, 2), angles_BTP)
        times = self.config.num_attention_heads // self.config.num_key_value_heads
        key, value = (kv.repeat_interleave(times, dim=1) for kv in (key, value.transpose(1, 2)))
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=self.visible(mask_BT))
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, tokens, -1))


def causal_conv(conv, x_BTC):
    """Depthwise convolution over the past, then SiLU."""
    past = conv.kernel_size[0] - 1
    return F.silu(conv(F.pad(x_BTC.transpose(1, 2), (past, 0))).transpose(1, 2))


def depthwise(channels, taps, bias):
    return nn.Conv1d(channels, channels, taps, groups=channels, bias=bias)


def repeat_chunks(x_BTC, width, times):
    """Every chunk of `width` channels written `times` times in a row."""
    return x_BTC.unflatten(-1, (-1, width)).repeat_interleave(times, dim=2).flatten(2)


class Mamba1(nn.Module):
    """x is cut into chunks of N channels; each chunk has its own B and C. B and C see no convolution."""

    def __init__(self, config):
        super().__init__()
        sizes = config.molt_hybrid["mamba1"]
        self.inner, self.width, self.state = sizes["d_inner"], sizes["d_xb"], sizes["d_state"]
        self.repeat_first = sizes["repeat_kv_before_conv"]
        hidden = config.hidden_size
        self.in_proj_x = nn.Linear(hidden, self.width, bias=False)
        self.in_proj_z = nn.Linear(hidden, self.inner, bias=False)
        self.B_proj = nn.Linear(hidden, self.width, bias=False)
        self.C_proj = nn.Linear(hidden, self.inner, bias=False)
        self.dt_proj_down = nn.Linear(hidden, sizes["dt_rank"], bias=False)
        self.dt_proj = nn.Linear(sizes["dt_rank"], self.inner, bias=True)
        self.conv1d = depthwise(self.inner if self.repeat_first else self.width, sizes["d_conv"], sizes["conv_bias"])
        self.A_log = nn.Parameter(torch.zeros(self.inner, self.state))
        self.D = nn.Parameter(torch.ones(self.inner))
        self.out_proj = nn.Linear(self.inner, hidden, bias=False)

    def forward(self, u_BTD, mask_BT, position_BT):
        n, times = self.state, self.inner // self.width
        x = self.in_proj_x(u_BTD)
        if self.repeat_first:
            x = causal_conv(self.conv1d, repeat_chunks(x, n, times))
        else:
            x = repeat_chunks(causal_conv(self.conv1d, x), n, times)
        B = repeat_chunks(self.B_proj(u_BTD), n, times).float().unflatten(-1, (-1, n))
        C = self.C_proj(u_BTD).float().unflatten(-1, (-1, n))
        # The bias counts twice: the original layer hands it to its scan as well.
        delta = F.softplus(self.dt_proj(self.dt_proj_down(u_BTD)).float() + self.dt_proj.bias.float())
        A = -torch.exp(self.A_log.float()).unflatten(0, (-1, n))
        y = self.scan(x.float().unflatten(-1, (-1, n)), delta.unflatten(-1, (-1, n)), A, B, C).flatten(2)
        y = y + self.D.float() * x.float()
        return self.out_proj(y.to(u_BTD.dtype) * F.silu(self.in_proj_z(u_BTD)))

    @staticmethod
    def scan(x_BTGP, delta_BTGP, A_GPN, B_BTGN, C_BTGN):
        state = x_BTGP.new_zeros(*x_BTGP[:, 0].shape, A_GPN.shape[-1])
        outputs = []
        for t in range(x_BTGP.shape[1]):
            delta = delta_BTGP[:, t, ..., None]
            state = torch.exp(delta * A_GPN) * state + delta * x_BTGP[:, t, ..., None] * B_BTGN[:, t, :, None]
            outputs.append((state * C_BTGN[:, t, :, None]).sum(-1))
        return torch.stack(outputs, dim=1)


class Mamba2(nn.Module):
    """One group per query head, P = N = the attention's head size; x, B and C are convolved."""

    GATED_NORM_EPS = 1e-5

    class GatedNorm(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(size))

    def __init__(self, config):
        super().__init__()
        sizes = config.molt_hybrid["mamba2"]
        self.inner, self.width = sizes["d_inner"], sizes["d_xb"]
        self.heads, self.head_dim = sizes["num_heads"], sizes["head_dim"]
        self.repeat_first = sizes["repeat_kv_before_conv"]
        hidden, inner = config.hidden_size, self.inner
        self.in_proj = nn.Linear(hidden, 2 * inner + 2 * self.width + self.heads, bias=False)
        channels = 3 * inner if self.repeat_first else inner + 2 * self.width
        self.conv1d = depthwise(channels, sizes["d_conv"], sizes["conv_bias"])
        self.dt_bias = nn.Parameter(torch.zeros(self.heads))
        self.A_log = nn.Parameter(torch.zeros(self.heads))
        self.D = nn.Parameter(torch.ones(self.heads))
        self.norm = self.GatedNorm(inner)
        self.out_proj = nn.Linear(inner, hidden, bias=False)

    def repeat_heads(self, xBC):
        """x and B once per query head."""
        x, B, C = xBC.split([self.width, self.width, self.inner], dim=-1)
        times = self.inner // self.width
        return torch.cat([repeat_chunks(part, self.head_dim, times) for part in (x, B)] + [C], dim=-1)

    def forward(self, u_BTD, mask_BT, position_BT):
        z, xBC, dt = self.in_proj(u_BTD).split([self.inner, 2 * self.width + self.inner, self.heads], dim=-1)
        if self.repeat_first:
            xBC = causal_conv(self.conv1d, self.repeat_heads(xBC))
        else:
            xBC = self.repeat_heads(causal_conv(self.conv1d, xBC))
        # The bias of the convolution must not start a state before the first token.
        xBC = xBC * mask_BT[..., None]
        x, B, C = (part.float().unflatten(-1, (-1, self.head_dim)) for part in xBC.split(self.inner, dim=-1))
        delta = F.softplus(dt.float() + self.dt_bias.float())
        y = self.scan(x, delta, -torch.exp(self.A_log.float()), B, C) + self.D.float()[:, None] * x
        gated = y * F.silu(z.float().unflatten(-1, (-1, self.head_dim)))
        weight = self.norm.weight.float().unflatten(-1, (-1, self.head_dim))
        return self.out_proj(rms_norm(gated, weight, self.GATED_NORM_EPS).flatten(2).to(u_BTD.dtype))

    @staticmethod
    def scan(x_BTHP, delta_BTH, A_H, B_BTHN, C_BTHN):
        state = x_BTHP.new_zeros(*x_BTHP[:, 0].shape, B_BTHN.shape[-1])
        outputs = []
        for t in range(x_BTHP.shape[1]):
            delta = delta_BTH[:, t, :, None, None]
            update = delta * x_BTHP[:, t, ..., None] * B_BTHN[:, t, :, None]
            state = torch.exp(delta * A_H[:, None, None]) * state + update
            outputs.append((state * C_BTHN[:, t, :, None]).sum(-1))
        return torch.stack(outputs, dim=1)


class HybridLayer(nn.Module):
    def __init__(self, config, mixer):
        super().__init__()
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.mlp = MLP(config)
        if mixer == "attention":
            self.self_attn = Attention(config)
        else:
            self.mamba = {"mamba1": Mamba1, "mamba2": Mamba2}[mixer](config)

    def forward(self, x_BTD, mask_BT, position_BT):
        mixer = self.self_attn if hasattr(self, "self_attn") else self.mamba
        # Padding is zero in front of a mixer, so that it leaves no trace in convolutions and states.
        normed = self.input_layernorm(x_BTD) * mask_BT[..., None]
        x_BTD = x_BTD + mixer(normed, mask_BT, position_BT)
        return x_BTD + self.mlp(self.post_attention_layernorm(x_BTD))


class HybridStack(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(HybridLayer(config, mixer) for mixer in config.molt_hybrid["mixers"])
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)


class MoltHybridForCausalLM(PreTrainedModel, GenerationMixin):
    config_class = MoltHybridConfig
    base_model_prefix = "model"
    main_input_name = "input_ids"
    _no_split_modules = ["HybridLayer"]
    _tied_weights_keys = {"lm_head.weight": "model.embed_tokens.weight"}

    def __init__(self, config):
        super().__init__(config)
        self.model = HybridStack(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def get_input_embeddings(self):
        return self.model.embed_tokens

    def set_input_embeddings(self, value):
        self.model.embed_tokens = value

    def get_output_embeddings(self):
        return self.lm_head

    def set_output_embeddings(self, value):
        self.lm_head = value

    def prepare_inputs_for_generation(self, input_ids, attention_mask=None, **kwargs):
        # Always the whole sequence: there is no cache.
        return {"input_ids": input_ids, "attention_mask": attention_mask}

    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        position_ids=None,
        inputs_embeds=None,
        labels=None,
        output_hidden_states=None,
        return_dict=None,
        logits_to_keep=0,
        **kwargs,
    ):
        x_BTD = self.model.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds
        mask_BT = x_BTD.new_ones(x_BTD.shape[:2]) if attention_mask is None else attention_mask.to(x_BTD.dtype)
        if position_ids is None:
            position_ids = (mask_BT.long().cumsum(1) - 1).clamp(min=0)
        hidden_states = [x_BTD]
        for layer in self.model.layers:
            x_BTD = layer(x_BTD, mask_BT, position_ids)
            hidden_states.append(x_BTD)
        x_BTD = hidden_states[-1] = self.model.norm(x_BTD)
        logits = self.lm_head(x_BTD[:, -logits_to_keep:] if isinstance(logits_to_keep, int) else x_BTD[:, logits_to_keep])
        loss = None
        if labels is not None:
            loss = F.cross_entropy(logits[:, :-1].float().flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100)
        output = CausalLMOutputWithPast(
            loss=loss, logits=logits, hidden_states=tuple(hidden_states) if output_hidden_states else None
        )
        return output if return_dict is not False else output.to_tuple()
