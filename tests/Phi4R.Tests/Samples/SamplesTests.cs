using System.Text.RegularExpressions;
using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Samples;
using Phi4R.Tests.Reference;
using Phi4R.Text;

namespace Phi4R.Tests.Samples;

public sealed partial class SamplesTests
{
    private readonly string _folder = Project.Scratch();

    [Fact]
    public void Answers_are_graded_and_counted_by_outcome()
    {
        var shown = Shown(() => GradeAnswers.Run(Written(
            """{"question":"6 · 7?","reference":"42","response":"It is \\boxed{42}."}""",
            """{"question":"1/2 + 1/4?","reference":"\\frac{3}{4}","response":"Hence \\boxed{0.75}."}""",
            """{"question":"2 + 2?","reference":"4","response":"It is \\boxed{5}."}""")));
        Assert.Contains("Correct: 6 · 7? (", shown, StringComparison.Ordinal);
        Assert.Contains("Incorrect: 2 + 2? (", shown, StringComparison.Ordinal);
        Assert.Contains("Correct: 2 of 3", shown, StringComparison.Ordinal);
        Assert.Contains("Incorrect: 1 of 3", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_answers_a_question()
    {
        using var checkpoint = Checkpoint();
        var shown = Shown(() => ChatWithCheckpoint.Run(_folder, "What is 6 · 7?").GetAwaiter().GetResult());
        Assert.Matches("(?s).+\n[0-9]+ tokens\n$", shown);
        Assert.Equal(shown, Shown(() => ChatWithCheckpoint.Run(_folder, "What is 6 · 7?").GetAwaiter().GetResult()));
    }

    // Rafailov et al. 2023: before the first step policy and reference agree, so the loss is ln 2; it falls from there.
    [Fact]
    public void Pairs_of_ones_own_are_learned_and_the_checkpoint_is_written()
    {
        using var checkpoint = Checkpoint();
        var target = Path.Combine(_folder, "trained");
        var pairs = Written(Enumerable.Range(2, 10)
            .Select(
                i => $$"""{"question":"2 · {{i}}?","chosen":"It is \\boxed{{{2 * i}}}.","rejected":"Perhaps {{i}}?"}""")
                    .ToArray());
        var steps = Shown(() => DpoOnPairs.Run(_folder, pairs, target))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("step 1 of ", steps[0], StringComparison.Ordinal);
        Assert.Contains("loss 0.6931, margin 0.0000", steps[0], StringComparison.Ordinal);
        using var trained = PretrainedModel.Load(target, CPU);
        Assert.NotEqual(Phi4R.Checkpoints.Weights.Hash(checkpoint), Phi4R.Checkpoints.Weights.Hash(trained));
        Assert.NotNull(TokenizerFiles.Find(target));
    }

    // Random weights are right nowhere; the interval of no right answer among two problems still has a length.
    [Fact]
    public async Task An_endpoint_is_measured_on_a_file_of_problems()
    {
        using var checkpoint = Checkpoint();
        using var served = ServedModel.Load(_folder);
        using var engine = served.Start();
        await using var app = new OpenAiServer(served, engine, new ServerAccess()).Build(port: 0);
        await app.StartAsync();
        var problems = Written(
            """{"question":"What is 6 · 7?","answer":"42"}""", """{"question":"2 + 2?","answer":"4"}""");
        var shown = Shown(() => EvaluateEndpoint.Run(app.Urls.Single() + "/v1", served.Name, problems));
        Assert.Matches(@"^pass@1 on 2 problems of \S+: 0\.0 % \[0\.0, [1-9][0-9.]*\], [0-9.]+ % truncated, "
            + "0 of 8 answers failed\n$", shown);
    }

    // A README that quotes what does not compile teaches nothing.
    [Theory]
    [InlineData("lib/README.md")]
    [InlineData("lib/Phi4R.Lib/PACKAGE.md")]
    public void A_text_quotes_the_samples_word_for_word(string path)
    {
        var text = File.ReadAllText(Path.Combine(Project.Root, path));
        var quotes = Quote().Matches(text);
        Assert.All(quotes, quote => Assert.Equal(
            File.ReadAllText(Path.Combine(Project.Root, quote.Groups["file"].Value)).TrimStart('\uFEFF'),
            quote.Groups["code"].Value));
        string[] samples = path != "lib/README.md" ? ["lib/Samples/GradeAnswers.cs"]
            : [.. Directory.GetFiles(Path.Combine(Project.Root, "lib/Samples"), "*.cs")
                .Where(file => !file.EndsWith("Program.cs", StringComparison.Ordinal))
                .Select(file => Path.GetRelativePath(Project.Root, file).Replace('\\', '/'))
                .Order(StringComparer.Ordinal)];
        Assert.Equal(samples, quotes.Select(quote => quote.Groups["file"].Value).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("<!-- (?<file>lib/Samples/[^ ]+) -->\n\n```csharp\n(?<code>.*?)```\n", RegexOptions.Singleline)]
    private static partial Regex Quote();

    // Small, but with the released vocabulary and so with its tokenizer and chat template.
    private LanguageModel Checkpoint()
    {
        var config = SmallModel.Config with
        {
            VocabularySize = new Phi4MiniTokenizer().VocabularySize,
            Width = 16,
            QueryHeads = 1,
            KeyValueHeads = 1,
            OriginalMaxPositions = 64,
            MaxPositions = 128,
        };
        var model = LanguageModel.Create(config, 1, CPU);
        ModelExport.Write(model, _folder, endOfText: 199_999, stopIds: [200_020, 199_999]);
        TokenizerExport.Write(_folder, ChatTemplate.Instruct);
        return model;
    }

    private string Written(params string[] lines)
    {
        var path = Path.Combine(_folder, "rows.jsonl");
        File.WriteAllLines(path, lines);
        return path;
    }

    private static string Shown(Action body)
    {
        var (before, shown) = (Console.Out, new StringWriter());
        Console.SetOut(shown);
        try
        {
            body();
        }
        finally
        {
            Console.SetOut(before);
        }

        return shown.ToString();
    }
}
