using LLama;
using LLama.Common;
using LLama.Native;
using Phi4R.Checkpoints;
using Phi4R.Model;

namespace Phi4R.Benchmarks;

/// <summary>
/// llama.cpp with the same weights, the same prompts and as many threads: 32-bit weights, keys and values in 16 bits as
/// it has them unless told otherwise, one token of each sequence a step, sampled at temperature 1.
/// </summary>
internal sealed class LlamaCppSpeed : IDisposable
{
    private const int Block = 256; // Its contexts are multiples of it.

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"phi4r-speed-{Guid.NewGuid():N}");
    private readonly LLamaWeights _weights;
    private readonly ModelParams _parameters;

    static LlamaCppSpeed() => NativeLibraryConfig.All.WithLogCallback((_, _) => { });

    public LlamaCppSpeed(LanguageModel model)
    {
        ModelExport.Write(model, _folder, 0, [0]);
        var path = Path.Combine(_folder, "model.gguf");
        GgufExport.Copy(_folder, path, GgufType.F32);
        _parameters = new ModelParams(path)
        {
            Threads = Environment.ProcessorCount,
            BatchThreads = Environment.ProcessorCount,
            GpuLayerCount = 0,
        };
        _weights = LLamaWeights.LoadFromFile(_parameters);
    }

    /// <summary>Seconds of reading a prompt for each sequence and writing tokens after it, the best of three.</summary>
    public double Draw(int sequences, int prompt, int tokens, int vocabulary)
    {
        var room = (prompt + tokens + Block) / Block * Block;
        _parameters.ContextSize = (uint)(room * sequences);
        _parameters.SeqMax = (uint)sequences;
        _parameters.BatchSize = (uint)Math.Max(Block, Math.Max(prompt, sequences));
        using var context = _weights.CreateContext(_parameters);
        using var sampler = SafeLLamaSamplerChainHandle.Create(LLamaSamplerChainParams.Default());
        sampler.AddTemperature(1);
        sampler.AddDistributionSampler(1);
        return Timing.Best(3, () =>
        {
            context.NativeHandle.MemoryClear();
            var batch = new LLamaBatch();
            for (var sequence = 0; sequence < sequences; sequence++)
            {
                for (var place = 0; place < prompt; place++)
                {
                    batch.Add(place * 7 % vocabulary, place, (LLamaSeqId)sequence, place == prompt - 1);
                }
            }

            for (var written = 0; ; written++)
            {
                if (context.Decode(batch) != DecodeResult.Ok)
                {
                    throw new InvalidOperationException($"llama.cpp cannot decode {sequences} sequences at once.");
                }

                // Of a prompt's tokens the last alone has logits.
                var next = new LLamaToken[sequences];
                for (var sequence = 0; sequence < sequences; sequence++)
                {
                    var last = ((sequence + 1) * (written == 0 ? prompt : 1)) - 1;
                    next[sequence] = sampler.Sample(context.NativeHandle, last);
                }

                if (written + 1 == tokens)
                {
                    return;
                }

                batch = new LLamaBatch();
                for (var sequence = 0; sequence < sequences; sequence++)
                {
                    batch.Add(next[sequence], prompt + written, (LLamaSeqId)sequence, true);
                }
            }
        });
    }

    public void Dispose()
    {
        _weights.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
