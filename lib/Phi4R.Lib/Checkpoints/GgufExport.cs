using System.Buffers;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Checkpoints;

/// <summary>Writes a model as a GGUF file, which llama.cpp and all that is built on it read.</summary>
/// <remarks>
/// Source: ggml's docs/gguf.md and llama.cpp's reader of Phi-3 (MIT): fused projections as in the released checkpoints,
/// LongRoPE's lists as two tensors, the head left out where it is the embedding. A model that was trained with the long
/// list at every length has it as both lists, so that no reader turns a short text by other angles than training did.
/// </remarks>
public static class GgufExport
{
    private const string Unfinished = ".phi4r-part";
    private const string RopeName = "rope_factors_";
    private const int Part = 1 << 22;

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["model.embed_tokens"] = "token_embd",
        ["model.norm"] = "output_norm",
        ["lm_head"] = "output",
        ["input_layernorm"] = "attn_norm",
        ["self_attn.qkv_proj"] = "attn_qkv",
        ["self_attn.o_proj"] = "attn_output",
        ["post_attention_layernorm"] = "ffn_norm",
        ["mlp.gate_up_proj"] = "ffn_up",
        ["mlp.down_proj"] = "ffn_down",
    };

    /// <summary>
    /// Writes a model on disk as one file, with its tokenizer, chat template and stop tokens, and reads it again; a few
    /// million weights are in memory at a time. The file is there as a whole or not at all.
    /// </summary>
    /// <param name="from">Folder of the checkpoint, or of a stage of a run.</param>
    /// <param name="path">Of the file; one that stood there is replaced once the new one was read again.</param>
    /// <param name="type">What matrices are written in.</param>
    /// <exception cref="InvalidDataException">
    /// The checkpoint is damaged, holds a number that the type cannot, or what was read again is another model; nothing
    /// was written or replaced.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static GgufReport Copy(string from, string path, GgufType type)
    {
        var checkpoint = Checkpoint.Open(from);
        var (config, stopIds, tokenizer) = (checkpoint.Config, PretrainedModel.ReadStopIds(from),
            CheckpointLanguage.Tokenizer(from, checkpoint.Config));
        var vocabulary = GgufVocabulary.Of(tokenizer, config.VocabularySize, stopIds);
        using var weights = checkpoint.Map();
        weights.RefuseNotFinite();
        using var scope = NewDisposeScope();
        var sources = RopeFactors(config).Concat(weights.All)
            .ToDictionary(weight => Named(weight.Name), weight => weight, StringComparer.Ordinal);
        var tensors = GgufFile.Placed(sources.Select(source =>
            (source.Key, (IReadOnlyList<long>)source.Value.Weight.shape, TypeOf(source.Value.Weight, type))));
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(from)));
        List<(string, object)> entries = [.. GgufEntries.Sizes(config, name, type),
            .. GgufEntries.Language(config, vocabulary, stopIds, CheckpointLanguage.Template(tokenizer, from))];
        var work = path + Unfinished;
        try
        {
            AtomicFile.Write(work, stream =>
            {
                GgufFile.WriteHeader(stream, entries, tensors);
                foreach (var tensor in tensors)
                {
                    Each(sources[tensor.Name].Weight, numbers => WritePart(stream, tensor, numbers));
                    stream.Write(new byte[GgufFile.Gap(tensor.Bytes)]);
                    Release(tensor.Name);
                }
            });
            var distance = GgufProof.Of(work, path, entries, tensors, tensor => sources[tensor].Weight, Release);
            File.Move(work, path, overwrite: true);
            return new GgufReport
            {
                Bytes = new FileInfo(path).Length,
                Tensors = tensors.Count,
                WeightDistance = distance,
                InHalfPrecision = type == GgufType.Q8 ? tensors.Count(tensor => tensor.Type == GgufType.F16) : 0,
                Vocabulary = vocabulary.Description,
                StopIdsLeftOut = [.. stopIds.SkipLast(1).Skip(2)],
            };
        }
        finally
        {
            File.Delete(work);
        }

        void Release(string tensor)
        {
            if (!tensor.StartsWith(RopeName, StringComparison.Ordinal))
            {
                weights.Release(sources[tensor].Name);
            }
        }
    }

    private static string Named(string name)
    {
        var bare = name.EndsWith(".weight", StringComparison.Ordinal) ? name[..^".weight".Length] : name;
        return (bare.Split('.', 4) is ["model", "layers", var layer, var inner]
            ? $"blk.{layer}.{Names[inner]}"
            : Names.GetValueOrDefault(bare, bare)) + ".weight";
    }

    private static GgufType TypeOf(Tensor weight, GgufType type) =>
        weight.dim() < 2 ? GgufType.F32
        : type == GgufType.Q8 && weight.shape[^1] % GgufBlocks.Block != 0 ? GgufType.F16
        : type;

    private static IEnumerable<(string Name, Tensor Weight)> RopeFactors(ModelConfig config) =>
        config.LongFactors is not { } longer ? [] :
        [
            (RopeName + "long", tensor(longer.Select(factor => (float)factor).ToArray())),
            (RopeName + "short", tensor((config.RopePolicy == RopePolicy.AlwaysLong ? longer : config.ShortFactors!)
                .Select(factor => (float)factor).ToArray())),
        ];

    // Gives rows as 32-bit numbers, a few million at a time.
    internal static void Each(Tensor weight, ActionOnNumbers take)
    {
        var width = weight.shape[^1];
        var rows = weight.numel() / width;
        var each = Math.Max(1, Part / width);
        for (long start = 0; start < rows; start += each)
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            take(NativeData.Floats(weight.view(rows, width).narrow(0, start, Math.Min(each, rows - start))
                .to_type(ScalarType.Float32).contiguous()));
        }
    }

    private static void WritePart(Stream stream, GgufTensor tensor, ReadOnlySpan<float> numbers)
    {
        var size = (int)GgufBlocks.Bytes(tensor.Type, numbers.Length);
        var bytes = ArrayPool<byte>.Shared.Rent(size);
        GgufBlocks.Write(tensor.Type, numbers, bytes.AsSpan(0, size));
        stream.Write(bytes, 0, size);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    internal delegate void ActionOnNumbers(ReadOnlySpan<float> numbers);
}
