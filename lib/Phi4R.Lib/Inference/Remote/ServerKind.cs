namespace Phi4R.Inference.Remote;

/// <summary>What a server runs: each spells requests, answers and the hand-over of weights in its own way.</summary>
public enum ServerKind
{
    /// <summary>phi4r serve, or another that answers at /v1/completions with token ids.</summary>
    Phi4R,

    /// <summary>vLLM: /v1/completions, and weights through /collective_rpc, which its development mode has.</summary>
    Vllm,

    /// <summary>SGLang: /generate, and weights through /update_weights_from_disk.</summary>
    SgLang,

    /// <summary>llama.cpp's server: /completion, and no other weights than those that it was started on.</summary>
    LlamaCpp,
}
