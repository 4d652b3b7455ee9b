using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Model;
using Phi4R.Tests.Cli;
using Phi4R.Tests.Reference;
using Phi4R.Text;

namespace Phi4R.Tests.Checkpoints;

/// <summary>What llama.cpp makes of the files: another program, which shares no line with this one.</summary>
public sealed class GgufExportTests
{
    private const int Context = 256; // llama.cpp's contexts are multiples of it.

    // The references are those of transformers: a third program.
    [Theory]
    [InlineData("a-longrope-tied-f32", "len65")]
    [InlineData("a-longrope-tied-f32", "len128")]
    [InlineData("b-longrope-tied-bf16-sharded", "len65")]
    [InlineData("c-norope-scaling-untied-f32", "len7")]
    [InlineData("c-norope-scaling-untied-f32", "len100")]
    public void Llama_cpp_gives_the_logits_of_the_reference(string checkpoint, string length)
    {
        var folder = Fixtures.Find($"phi3-tiny/{checkpoint}");

        using var scope = NewDisposeScope();
        var expected = SafeTensors.Read(Path.Combine(folder, "refs.safetensors"));
        using var other = Exported(folder, GgufType.F32);
        int[] ids = [.. expected[length + ".input_ids"].data<long>().Select(id => (int)id)];
        Near(expected[length + ".logits"].view(ids.Length, -1), other.Logits(ids), 1e-4);
    }

    // Greedy continuations of the fixtures cross the original length; the gap is at least 0.01.
    [Fact]
    public void Llama_cpp_continues_as_the_reference_does()
    {
        var folder = Fixtures.Find("phi3-tiny/c-norope-scaling-untied-f32");
        using var other = Exported(folder, GgufType.F32);
        Assert.All(Fixtures.Json(Path.Combine(folder, "generate.json")).EnumerateObject()
            .Where(prompt => prompt.Value.ValueKind == JsonValueKind.Object
                && prompt.Value.TryGetProperty("continuation", out _)), prompt =>
        {
            var (ids, continuation) = (prompt.Value.GetProperty("prompt").Ids(),
                prompt.Value.GetProperty("continuation").Ids());
            Assert.Equal(continuation, other.Greedy(ids, continuation.Length));
        });
    }

    // Both sides of the original length, with lists that differ: whoever took the wrong one, or turned by another
    // width, would be far off.
    [Theory]
    [InlineData(RopePolicy.ByLength, 12, 256)]
    [InlineData(RopePolicy.ByLength, 300, 512)]
    [InlineData(RopePolicy.AlwaysLong, 12, 256)]
    [InlineData(RopePolicy.AlwaysLong, 12, 512)]
    [InlineData(RopePolicy.AlwaysLong, 300, 512)]
    public void Every_program_turns_a_model_as_its_training_did(RopePolicy policy, int length, int context)
    {
        var config = SmallModel.Config with
        {
            OriginalMaxPositions = 256,
            MaxPositions = 1024,
            RopePolicy = policy,
        };
        var folder = Made(config);

        // As checkpoints have it that were written before both lists became one.
        var path = Path.Combine(folder, "config.json");
        var stored = JsonNode.Parse(File.ReadAllText(path))!;
        stored["rope_scaling"]!["short_factor"] = JsonSerializer.SerializeToNode(config.ShortFactors);
        File.WriteAllText(path, stored.ToJsonString());
        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        using var other = Exported(folder, GgufType.F32, context);
        var ids = SmallModel.Ids(length);
        Near(Logits(model, ids), other.Logits(ids), 1e-3);
        Assert.Equal(Greedy(model, ids, 12), other.Greedy(ids, 12));

        // Of the other list the logits are others: the comparison above can fail.
        using var turned = SmallModel.Create(config with
        {
            RopePolicy = RopePolicy.AlwaysLong,
            LongFactors = policy == RopePolicy.ByLength && length < 256 ? config.LongFactors : config.ShortFactors,
        });
        Assert.True(Compare.Worst(Logits(model, ids), Logits(turned, ids)) > 0.1);
    }

    [Theory]
    [InlineData("f16", 5e-3)]
    [InlineData("q8_0", 0.1)] // llama.cpp rounds what it multiplies with, too.
    public void Coarser_types_stay_near(string type, double tolerance)
    {
        var (folder, path) = (Made(SmallModel.Config with { OriginalMaxPositions = 256, MaxPositions = 256 }),
            Path.Combine(Project.Scratch(), "model.gguf"));
        var (code, said) = JsonLinesVerbTests.Phi4r($"export --model {folder} --format gguf --type {type} --out {path}",
            "");
        Assert.Equal(0, code);
        Assert.Contains($"tensors of {type}; read again, its weights differ by", said, StringComparison.Ordinal);
        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        using var other = new LlamaCpp(path, Context);
        var ids = SmallModel.Ids(40);
        var (expected, found) = (Logits(model, ids), AsTensor(other.Logits(ids)));
        var distance = ((expected - found).norm() / expected.norm()).AsDouble();
        Assert.InRange(distance, 1e-7, tolerance);
    }

    // llama.cpp's own blocks, byte by byte.
    [Fact]
    public unsafe void Blocks_of_eight_bits_are_those_of_ggml()
    {
        var random = Phi4R.Foundation.Randomness.For(3, "blocks", 0);
        var numbers = new float[GgufBlocks.Block * 64];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = i < 32 ? 0 : (float)((random.NextDouble() - 0.5) * Math.Pow(10, (i / 256) - 4));
        }

        var (ours, theirs) = (new byte[numbers.Length / 32 * 34], new byte[numbers.Length / 32 * 34]);
        GgufBlocks.Write(GgufType.Q8, numbers, ours);
        using (var any = Exported(Fixtures.Find("phi3-tiny/c-norope-scaling-untied-f32"), GgufType.F32))
        {
            fixed (float* from = numbers)
            fixed (byte* to = theirs)
            {
                Quantize(from, to, numbers.Length);
            }
        }

        Assert.Equal(theirs, ours);
        var again = new float[numbers.Length];
        GgufBlocks.Read(GgufType.Q8, ours, again);
        Assert.All(again.Zip(numbers).Chunk(32), block =>
        {
            var largest = block.Max(pair => Math.Abs(pair.Second));
            Assert.All(block, pair => Assert.True(Math.Abs(pair.First - pair.Second)
                <= GgufBlocks.MostError(GgufType.Q8, pair.Second, largest)));
        });
    }

    [Fact]
    public void Llama_cpp_reads_texts_as_the_released_tokenizer_does_and_ends_where_it_does()
    {
        var tokenizer = new Phi4MiniTokenizer();
        var folder = Path.Combine(Project.Scratch(), "my-Phi-3"); // A name that llama.cpp stumbles over.
        var config = SmallModel.Config with
        {
            VocabularySize = tokenizer.VocabularySize,
            Width = 32,
            Layers = 1,
            QueryHeads = 2,
            KeyValueHeads = 1,
            RotaryFraction = 0.75,
            FeedForwardWidth = 32,
        };
        using (var model = SmallModel.Create(config))
        {
            ModelExport.Write(model, folder, tokenizer.EndOfText, tokenizer.StopIds);
        }

        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), ChatTemplate.Instruct.Jinja);
        var (path, report) = Export(folder, GgufType.Q8);
        Assert.Equal("the tokenizer of Phi-4-mini", report.Vocabulary);
        using var other = new LlamaCpp(path, Context);
        Assert.Equal(tokenizer.VocabularySize, other.Count);
        Assert.Equal(ChatTemplate.Instruct.Jinja, other.Metadata["tokenizer.chat_template"]);
        Assert.Equal("phi3", other.Metadata["general.architecture"]);
        Assert.Equal([199999, 200020], Enumerable.Range(0, tokenizer.VocabularySize).Where(other.Ends));

        // Without white space behind a mark, which the released tokenizer swallows and llama.cpp reads.
        ChatMessage[] messages = [new("user", "What is 12345 + 6?"), new("assistant", "\\boxed{12351}"),
            new("user", "Why?")];
        var written = string.Concat(messages.Select(turn => $"<|{turn.Role}|>{turn.Content}<|end|>"))
            + "<|assistant|>";
        Assert.Equal(ChatTemplate.Instruct.Encode(tokenizer, messages, addGenerationPrompt: true),
            other.Encode(written));

        // Its splitting of text knows no combining marks, which some scripts write vowels with.
        string[] texts = [.. Fixtures.Lines("tokenizer/cases.jsonl")
            .Select(line => line.GetProperty("text").GetString()!)
            .Where(text => text.Length is > 0 and < 2000 && !text.Contains("<|"))];
        string[] apart = [.. texts.Where(text => !tokenizer.Encode(text).SequenceEqual(other.Encode(text)))];
        Assert.True(texts.Length > 300 && apart.Length <= 7 && apart.All(text => text.Any(IsMark)),
            $"{apart.Length} of {texts.Length} texts are read otherwise: {string.Join(", ", apart)}.");

        static bool IsMark(char letter) => char.GetUnicodeCategory(letter)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
    }

    [Fact]
    public void A_stage_of_the_pocket_is_read_by_llama_cpp_in_its_own_words()
    {
        var tokenizer = new PocketTokenizer();
        var folder = Path.Combine(Project.Scratch(), "grpo");
        using (var model = SmallModel.Create(SmallModel.Config with { VocabularySize = tokenizer.VocabularySize }))
        {
            ModelExport.Write(model, folder, tokenizer.EndOfText, tokenizer.StopIds);
        }

        File.WriteAllText(Path.Combine(folder, "stage.json"), "{}");
        using var other = new LlamaCpp(Export(folder, GgufType.F32).Path, Context);
        const string Text = "<|user|>tom has 3 bags of 12 pens; how many pens ?<|end|><|assistant|><think>let x = 3 * "
            + "12; so x = 36</think>\\boxed{36}<|end|>";
        var ids = tokenizer.Encode(Text, special: true);
        Assert.Equal(ids, other.Encode(Text));
        Assert.Equal(tokenizer.StopIds.Order(), Enumerable.Range(0, tokenizer.VocabularySize).Where(other.Ends));
        Assert.Equal(Enumerable.Range(0, 80).Select(id => tokenizer.Decode([id])),
            Enumerable.Range(0, 80).Select(other.Text));
        using var scope = NewDisposeScope();
        using var again = PretrainedModel.Load(folder, CPU);
        Near(Logits(again, ids), other.Logits(ids), 1e-3);
        Assert.Equal(Greedy(again, ids[..20], 20), other.Greedy(ids[..20], 20));
    }

    [Fact]
    public void What_a_type_cannot_hold_is_refused_and_what_stood_there_stays()
    {
        var folder = Path.Combine(Project.Scratch(), "large");
        using (var model = SmallModel.Create())
        {
            using var frozen = no_grad();
            model.Parameters.First(pair => pair.Weight.dim() > 1).Weight[1, 2] = 70_000;
            ModelExport.Write(model, folder, 0, [0]);
        }

        var path = folder + ".gguf";
        File.WriteAllText(path, "before");
        var problem = Assert.Throws<InvalidDataException>(() => GgufExport.Copy(folder, path, GgufType.F16));
        Assert.Contains("token_embd.weight", problem.Message);
        Assert.Contains("70000", problem.Message);
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        Assert.Equal(0, GgufExport.Copy(folder, path, GgufType.F32).WeightDistance);
    }

    private static string Made(ModelConfig config)
    {
        var folder = Path.Combine(Project.Scratch(), "made");
        using var model = SmallModel.Create(config);
        ModelExport.Write(model, folder, 0, [0]);
        return folder;
    }

    private static (string Path, GgufReport Report) Export(string folder, GgufType type)
    {
        var path = Path.Combine(Project.Scratch(), "model.gguf");
        return (path, GgufExport.Copy(folder, path, type));
    }

    private static LlamaCpp Exported(string folder, GgufType type, int context = Context) =>
        new(Export(folder, type).Path, context);

    private static Tensor Logits(LanguageModel model, int[] ids)
    {
        using var frozen = no_grad();
        return model.call(SmallModel.AsTensor(ids)).squeeze(0);
    }

    private static int[] Greedy(LanguageModel model, int[] ids, int count)
    {
        List<int> all = [.. ids];
        for (var i = 0; i < count; i++)
        {
            all.Add((int)Logits(model, [.. all])[-1].argmax().AsInt64());
        }

        return [.. all.Skip(ids.Length)];
    }

    private static Tensor AsTensor(float[][] rows) =>
        tensor(rows.SelectMany(row => row).ToArray()).view(rows.Length, -1);

    // Relative to the largest logit, as the bar asks.
    private static void Near(Tensor expected, float[][] found, double tolerance) =>
        Compare.Close(expected, AsTensor(found), tolerance * expected.abs().max().AsDouble());

    [DllImport("ggml-base", EntryPoint = "quantize_row_q8_0_ref")]
    private static extern unsafe void Quantize(float* from, byte* to, long count);
}
