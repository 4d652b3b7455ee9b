using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;
using Phi4R.Text;

namespace Phi4R.Checkpoints;

/// <summary>What writing a model showed when it was read again.</summary>
/// <param name="Files">Files of weights.</param>
/// <param name="Bytes">That they hold.</param>
/// <param name="LogitDistance">
/// Of the re-read model from the one written, as a share of the logits' own length; 0 where the type is the same.
/// </param>
/// <param name="HasTokenizer">Whether a tokenizer's files stand beside the weights.</param>
public sealed record ExportReport(int Files, long Bytes, double LogitDistance, bool HasTokenizer);

/// <summary>Writes a model so that other programs of this format read it.</summary>
public static class ModelExport
{
    /// <summary>Bytes of one file of weights at the most, as other programs write them.</summary>
    public const long ShardBytes = 5_000_000_000;

    // Ten times what rounding to 16 bits changes.
    private const double MostDistance = 0.05;

    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true };

    private static readonly string[] Vocabularies = ["tokenizer.json", "vocab.json", "tokenizer.model"];

    private static readonly string[] TextFiles =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
        "merges.txt", "tokenizer.model",
        "chat_template.jinja", "chat_template.json",
    ];

    /// <summary>
    /// Writes config.json, generation_config.json and the weights, and copies the tokenizer's files and the chat
    /// template; the folder is there as a whole or not at all.
    /// </summary>
    /// <param name="folder">
    /// Is made; a model that stood there is replaced once the new one was read again and gave the same logits.
    /// </param>
    /// <param name="endOfText">Id that begins and ends documents and fills rows.</param>
    /// <param name="stopIds">Ids after which an answer is over.</param>
    /// <param name="dtype">What the weights are converted to; null: as they are.</param>
    /// <param name="shardBytes">
    /// Bytes of one file of weights at the most; a single larger tensor has a file of its own.
    /// </param>
    /// <param name="textFrom">
    /// Folder whose tokenizer and chat template are copied; where it has no tokenizer and the model is of the released
    /// vocabulary, or a stage of the pocket, that one is written. Null: none.
    /// </param>
    /// <exception cref="IOException">
    /// A file cannot be written, or the folder holds something that is no model.
    /// </exception>
    /// <exception cref="InvalidDataException">What was read again is another model; nothing was replaced.</exception>
    public static ExportReport Write(
        LanguageModel model, string folder, int endOfText, IReadOnlyList<int> stopIds, ScalarType? dtype = null,
        long shardBytes = ShardBytes, string? textFrom = null)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var source = new Source(model.Config, [.. model.MergedWeights], _ => { });
        return Write(source, folder, endOfText, stopIds, dtype ?? model.HeadWeight.dtype, shardBytes, textFrom);
    }

    /// <summary>
    /// The same for a model on disk, with its tokenizer and chat template; no more than one of its blocks is in memory.
    /// </summary>
    /// <param name="from">Folder of the checkpoint.</param>
    /// <param name="folder">
    /// Is made; a model that stood there is replaced once the new one was read again and gave the same logits.
    /// </param>
    /// <param name="dtype">What the weights are converted to.</param>
    /// <param name="shardBytes">
    /// Bytes of one file of weights at the most; a single larger tensor has a file of its own.
    /// </param>
    /// <inheritdoc cref="Write(LanguageModel, string, int, IReadOnlyList{int}, ScalarType?, long, string?)"/>
    /// <exception cref="InvalidDataException">
    /// The checkpoint holds NaN or infinity, or what was read again is another model; nothing was written or replaced.
    /// </exception>
    public static ExportReport Copy(string from, string folder, ScalarType dtype, long shardBytes = ShardBytes)
    {
        var (checkpoint, stopIds) = (Checkpoint.Open(from), PretrainedModel.ReadStopIds(from));
        using var weights = checkpoint.Map();
        weights.RefuseNotFinite();
        return Write(new Source(checkpoint.Config, weights.All, weights.Release), folder, stopIds[^1], stopIds, dtype,
            shardBytes, from);
    }

    private static ExportReport Write(
        Source source, string folder, int endOfText, IReadOnlyList<int> stopIds, ScalarType type, long shardBytes,
        string? textFrom)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()
            && !(File.Exists(Path.Combine(folder, "config.json"))
                && Directory.EnumerateFiles(folder, "*.safetensors").Any()))
        {
            throw new IOException($"{folder} holds files, but no model; nothing was written. Choose another folder, "
                + "or empty it.");
        }

        if (File.Exists(Path.Combine(folder, "stage.json")))
        {
            throw new IOException($"{folder} is a stage of a run, whose steps and ledger would be lost; nothing was "
                + "written. Choose another folder.");
        }

        using var alone = Alone(folder);
        // Deleted as a whole: names that nobody else gives.
        var (work, old) = (folder + ".phi4r-part", folder + ".phi4r-old");
        Delete(work);
        Directory.CreateDirectory(work);
        try
        {
            foreach (var path in TextFiles.Select(name => Path.Combine(textFrom ?? work, name))
                .Where(path => textFrom is not null && File.Exists(path)))
            {
                File.Copy(path, Path.Combine(work, Path.GetFileName(path)));
            }

            var hasTokenizer = Vocabularies.Any(name => File.Exists(Path.Combine(work, name)));
            if (textFrom is not null && !hasTokenizer
                && CheckpointLanguage.Tokenizer(textFrom, source.Config) is { } tokenizer)
            {
                TokenizerExport.Write(work, tokenizer, CheckpointLanguage.Template(tokenizer, textFrom)!);
                hasTokenizer = true;
            }

            WriteConfig(source.Config, work, endOfText, stopIds, type);
            var files = WriteWeights(source, work, type, shardBytes);
            var report = new ExportReport(files.Count, files.Sum(path => new FileInfo(path).Length),
                Prove(source, work, type), hasTokenizer);
            Delete(old);
            if (Directory.Exists(folder))
            {
                Directory.Move(folder, old);
            }

            Directory.Move(work, folder);
            Delete(old);
            return report;
        }
        finally
        {
            Delete(work);
        }
    }

    private static FileStream Alone(string folder)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            return new FileStream(folder + ".phi4r-lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None,
                1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception)
        {
            throw new IOException($"{folder} is being written by another process, or cannot be written "
                + $"({exception.Message}); nothing was changed.", exception);
        }
    }

    /// <summary>
    /// Writes config.json and generation_config.json alone, beside weights that stand elsewhere or are still to come.
    /// </summary>
    /// <inheritdoc cref="Write(LanguageModel, string, int, IReadOnlyList{int}, ScalarType?, long, string?)"/>
    public static void WriteConfig(
        ModelConfig config, string folder, int endOfText, IReadOnlyList<int> stopIds, ScalarType dtype)
    {
        // Other programs know no policy and take the short list by length: where training never did, both lists are the
        // long one.
        var shortFactors = config.RopePolicy == RopePolicy.AlwaysLong ? config.LongFactors : config.ShortFactors;
        SortedDictionary<string, object?> values = new(StringComparer.Ordinal)
        {
            ["architectures"] = new[] { "Phi3ForCausalLM" },
            ["attention_bias"] = false,
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = endOfText,
            ["embd_pdrop"] = 0.0,
            ["eos_token_id"] = endOfText,
            ["hidden_act"] = "silu",
            ["hidden_size"] = config.Width,
            ["initializer_range"] = config.InitialDeviation,
            ["intermediate_size"] = config.FeedForwardWidth,
            ["max_position_embeddings"] = config.MaxPositions,
            ["model_type"] = "phi3",
            ["num_attention_heads"] = config.QueryHeads,
            ["num_hidden_layers"] = config.Layers,
            ["num_key_value_heads"] = config.KeyValueHeads,
            ["original_max_position_embeddings"] = config.OriginalMaxPositions,
            ["pad_token_id"] = endOfText,
            ["partial_rotary_factor"] = config.RotaryFraction,
            [PretrainedModel.PolicyEntry] = config.RopePolicy.Spelled(),
            ["resid_pdrop"] = 0.0,
            ["rms_norm_eps"] = config.NormEpsilon,
            ["rope_scaling"] = config.LongFactors is null
                ? null
                : new { type = "longrope", long_factor = config.LongFactors, short_factor = shortFactors },
            ["rope_theta"] = config.RopeTheta,
            ["sliding_window"] = null,
            ["tie_word_embeddings"] = config.TiedEmbeddings,
            ["torch_dtype"] = dtype switch
            {
                ScalarType.BFloat16 => "bfloat16",
                ScalarType.Float16 => "float16",
                _ => "float32"
            },
            ["use_cache"] = true,
            ["vocab_size"] = config.VocabularySize,
        };
        AtomicFile.WriteText(
            Path.Combine(folder, "generation_config.json"),
            JsonSerializer.Serialize(new
            {
                bos_token_id = endOfText,
                eos_token_id = stopIds,
                pad_token_id = endOfText,
            }, Written));
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(values, Written));
    }

    private static List<string> WriteWeights(Source source, string folder, ScalarType type, long shardBytes)
    {
        var each = type == ScalarType.Float32 ? 4 : type == ScalarType.Float64 ? 8 : 2;
        List<List<(string Name, Tensor Value)>> shards = [[]];
        long used = 0, total = 0;
        foreach (var (name, weight) in source.Weights)
        {
            var bytes = weight.numel() * each;
            if (used + bytes > shardBytes && used > 0)
            {
                shards.Add([]);
                used = 0;
            }

            shards[^1].Add((name, weight));
            (used, total) = (used + bytes, total + bytes);
        }

        string Named(int shard) => shards.Count == 1
            ? PretrainedModel.WeightsFile
            : $"model-{shard + 1:D5}-of-{shards.Count:D5}.safetensors";
        for (var i = 0; i < shards.Count; i++)
        {
            SafeTensors.Write(Path.Combine(folder, Named(i)), shards[i],
                new Dictionary<string, string> { ["format"] = "pt" }, type: type, written: source.Release);
        }

        if (shards.Count > 1)
        {
            var homes = shards.SelectMany((shard, i) => shard.Select(pair => (pair.Name, File: Named(i))))
                .OrderBy(pair => pair.Name, StringComparer.Ordinal).ToDictionary(pair => pair.Name, pair => pair.File);
            AtomicFile.WriteText(Path.Combine(folder, PretrainedModel.IndexFile),
                JsonSerializer.Serialize(new { metadata = new { total_size = total }, weight_map = homes }, Written));
        }

        return [.. Enumerable.Range(0, shards.Count).Select(i => Path.Combine(folder, Named(i)))];
    }

    // The files are read by the code that will read them, and asked, block by block: equal logits where nothing was
    // rounded, near ones elsewhere.
    private static double Prove(Source source, string folder, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var count = Math.Min(32, source.Config.MaxPositions);
        var ids = Enumerable.Range(0, count).Select(i => i * 7919L % source.Config.VocabularySize).ToArray();
        var again = Checkpoint.Open(folder);
        using var weights = again.Map();
        var expected = Logits(source);                                                         // [T, V]
        var found = Logits(new Source(again.Config, weights.All, weights.Release));            // [T, V]
        var distance = ((expected - found).norm() / expected.norm().clamp_min(RootedScalar.Of(1e-30))).AsDouble();
        var isRounded = source.Weights.Any(pair => pair.Weight.dtype != type);
        return double.IsFinite(distance) && distance <= (isRounded ? MostDistance : 0)
            ? distance
            : throw new InvalidDataException($"The model that was read again from {folder} differs in its logits by "
                + $"{distance:G3} of their length; nothing was replaced. Are all weights finite, and is the "
                + "disk sound?");

        Tensor Logits(Source asked) => BlockwisePass.Logits(
            asked.Config, asked.Weights.ToDictionary(pair => pair.Name, pair => pair.Weight, StringComparer.Ordinal),
            ids, asked.Release);
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What is written: weights by their released names in order, and who is told of each that was used.
    private sealed record Source(
        ModelConfig Config, IReadOnlyList<(string Name, Tensor Weight)> Weights, Action<string> Release);
}
