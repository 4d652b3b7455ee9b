using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace Phi4R.Tests.Reference;

/// <summary>Another engine, llama.cpp, with a model of a GGUF file: 32 bits throughout, on one thread.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;

    private static readonly StringBuilder Said = new();

    static LlamaCpp() => NativeLibraryConfig.All.WithLogCallback((level, line) =>
        Said.Append(level is LLamaLogLevel.Error or LLamaLogLevel.Warning ? line : ""));

    public LlamaCpp(string path, int context)
    {
        var parameters = new ModelParams(path)
        {
            ContextSize = (uint)context,
            BatchSize = (uint)context,
            UBatchSize = (uint)context,
            Threads = 1,
            BatchThreads = 1,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
            FlashAttention = false,
            GpuLayerCount = 0,
        };
        Said.Clear();
        try
        {
            _weights = LLamaWeights.LoadFromFile(parameters);
        }
        catch (LLama.Exceptions.LoadWeightsFailedException problem)
        {
            throw new InvalidDataException(Said.ToString(), problem);
        }

        _context = _weights.CreateContext(parameters);
    }

    /// <summary>What the file says of itself, as this engine reads it.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _weights.Metadata;

    /// <summary>Rows of the vocabulary.</summary>
    public int Count => _weights.Vocab.Count;

    /// <summary>Whether a token ends an answer.</summary>
    public bool Ends(int id) => ((LLamaToken)id).IsEndOfGeneration(_weights.Vocab);

    /// <summary>Token ids of a text in which marks are control tokens.</summary>
    public int[] Encode(string text) =>
        [.. _weights.Tokenize(text, false, true, Encoding.UTF8).Select(token => (int)token)];

    /// <summary>A token's text.</summary>
    public string Text(int id)
    {
        var bytes = new byte[64];
        var length = _weights.NativeHandle.TokenToSpan(id, bytes, 0, special: true);
        return Encoding.UTF8.GetString(bytes, 0, (int)length);
    }

    /// <summary>The logits after every token of a text.</summary>
    public float[][] Logits(IReadOnlyList<int> ids)
    {
        _context.NativeHandle.MemoryClear();
        var batch = new LLamaBatch();
        foreach (var (place, id) in ids.Index())
        {
            batch.Add(id, place, LLamaSeqId.Zero, true);
        }

        Assert.Equal(DecodeResult.Ok, _context.Decode(batch));
        return [.. Enumerable.Range(0, ids.Count).Select(place =>
            _context.NativeHandle.GetLogitsIth(place).ToArray())];
    }

    /// <summary>The likeliest tokens one after the other, from the cache of what was read before.</summary>
    public int[] Greedy(IReadOnlyList<int> ids, int count)
    {
        var logits = Logits(ids)[^1];
        List<int> found = [];
        while (true)
        {
            found.Add(logits.AsSpan().IndexOf(logits.Max()));
            if (found.Count == count)
            {
                return [.. found];
            }

            var batch = new LLamaBatch();
            batch.Add(found[^1], ids.Count + found.Count - 1, LLamaSeqId.Zero, true);
            Assert.Equal(DecodeResult.Ok, _context.Decode(batch));
            logits = _context.NativeHandle.GetLogitsIth(0).ToArray();
        }
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }
}
