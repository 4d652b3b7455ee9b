namespace Phi4R.Inference.Remote;

/// <summary>How a policy that has adapters is handed over to a server.</summary>
public enum WeightHandOver
{
    /// <summary>All weights, with what the adapters add to them: any server that takes weights takes these.</summary>
    Whole,

    /// <summary>
    /// The adapters alone, over the frozen weights that the server was started on or was given once. vLLM and SGLang
    /// take them, started with LoRA on.
    /// </summary>
    /// <remarks>
    /// A policy without adapters, as evaluation has it and what is sampled ahead of its step, is handed over whole.
    /// </remarks>
    Adapters,
}
