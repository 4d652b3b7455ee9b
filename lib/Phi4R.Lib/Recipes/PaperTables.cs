using Phi4R.Evaluation;

namespace Phi4R.Recipes;

/// <summary>A table of the paper.</summary>
/// <param name="Name">What the command calls it.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Source">Where its numbers were read.</param>
public sealed record PaperTable(string Name, string Title, string Source, IReadOnlyList<PaperRow> Rows);

/// <summary>
/// The published tables of pass@1, and the re-measurement by the same group; <see cref="PaperSources"/> says how surely
/// each is known.
/// </summary>
public static class PaperTables
{
    /// <summary>The name of AIME 2024 among the benchmarks.</summary>
    public const string Aime24 = "aime24";

    /// <summary>The name of AIME 2025, which only the re-measurement has.</summary>
    public const string Aime25 = "aime25";

    /// <summary>The name of MATH-500.</summary>
    public const string Math500 = "math500";

    /// <summary>The name of GPQA-Diamond.</summary>
    public const string GpqaDiamond = "gpqa-diamond";

    /// <summary>How the paper writes each benchmark, and of how many problems it is.</summary>
    public static IReadOnlyDictionary<string, (string Title, int Problems)> Benchmarks { get; } =
        new Dictionary<string, (string, int)>(StringComparer.Ordinal)
        {
            [Aime24] = ("AIME 2024", 30),
            [Aime25] = ("AIME 2025", 30),
            [Math500] = ("MATH-500", 500),
            [GpqaDiamond] = ("GPQA-Diamond", 198),
        };

    private static readonly double[] ReasoningRemeasured = [48.13, 31.77, 91.20, 44.51];

    private static PaperRow Reasoning { get; } =
        Row("Phi-4-Mini-Reasoning", [], [57.5, 94.6, 52.0], ReasoningRemeasured);

    private static PaperRow Base { get; } =
        Row("Phi-4-Mini", ["Phi-4-mini-instruct", "base"], [10.0, 71.8, 36.9]);

    private static string[][] StageNames { get; } =
    [
        [.. Base.Names],
        ["mid-training"],
        ["sft", "fine-tuning"],
        ["dpo", "Rollout-DPO"],
        ["rl", "Phi-4-Mini-Reasoning"],
    ];

    /// <summary>The main table.</summary>
    public static PaperTable Main { get; } = new("main", "Phi-4-Mini-Reasoning beside other models, pass@1",
        "model card of microsoft/Phi-4-mini-reasoning; o1-mini, Bespoke-Stratos-7B and OpenThinker-7B are there taken "
            + "from published reports",
        [
            Row("o1-mini", ["o1-mini-2024-09-12"], [63.6, 90.0, 60.0]),
            Row("DeepSeek-R1-Distill-Qwen-7B", [], [53.3, 91.4, 49.5], [53.70, 35.94, 93.03, 47.85]),
            Row("DeepSeek-R1-Distill-Llama-8B", [], [43.3, 86.9, 47.3], [43.96, 27.34, 87.48, 45.83]),
            Row("Bespoke-Stratos-7B", [], [20.0, 82.0, 37.8], [21.51, 18.28, 80.73, 38.51]),
            Row("OpenThinker-7B", [], [31.3, 83.0, 42.4], [29.69, 24.32, 87.25, 41.60]),
            Row("Llama-3.2-3B-Instruct", [], [6.7, 44.4, 25.3]),
            Base,
            Reasoning,
        ]);

    /// <summary>What small sets of chosen examples do to the base model.</summary>
    public static PaperTable SmallSets { get; } = new("small-sets", "Phi-4-Mini trained on small sets, pass@1",
        "three documents of third parties that quote the paper",
        [Base, Row("+ LIMO", ["LIMO"], [6.7, 57.8, 24.8]), Row("+ S1K", ["S1K"], [3.0, 47.0, 26.3]), Reasoning]);

    /// <summary>What each stage of the recipe brings.</summary>
    public static PaperTable Ablation { get; } = new("ablation", "The recipe stage by stage, pass@1",
        "as quoted by two third parties; the preview in arXiv 2503.01743 has 90.4 on MATH-500 after DPO",
        [.. Paper.StageTable.Zip(StageNames, (stage, names) => Row(stage.Stage, names,
            [stage.Aime24, stage.Math500, stage.GpqaDiamond], names.Contains("rl") ? ReasoningRemeasured : null))]);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PaperTable> All { get; } = [Main, SmallSets, Ablation];

    /// <summary>Where the group's later numbers were read, and of how many completions each is the mean.</summary>
    public const string RemeasuredSource =
        "arXiv 2507.06607, table and appendix G: means of 64 completions for AIME, of 8 for MATH-500 and GPQA-Diamond";

    /// <summary>The benchmark of these tables that goes by a name; null where there is none.</summary>
    /// <param name="name">Such as "aime24", "AIME 2024" or "gpqa_diamond".</param>
    public static string? Benchmark(string name) => Plain(name) switch
    {
        "aime24" or "aime2024" => Aime24,
        "aime25" or "aime2025" => Aime25,
        "math500" => Math500,
        "gpqadiamond" or "gpqa" or "gpqad" => GpqaDiamond,
        _ => null,
    };

    /// <summary>The row that goes by a name, with or without an owner before it; null where there is none.</summary>
    public static PaperRow? Find(PaperTable table, string name)
    {
        var plain = Plain(name.TrimEnd('/').Split('/')[^1]);
        return table.Rows.FirstOrDefault(row => row.Names.Prepend(row.Name).Any(known => Plain(known) == plain));
    }

    // Letters and digits count; how they are set apart does not.
    private static string Plain(string name) =>
        string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static PaperRow Row(string name, string[] names, double[] paper, double[]? remeasured = null) => new()
    {
        Name = name,
        Names = names,
        Paper = Shares([Aime24, Math500, GpqaDiamond], paper, [null, null, null], decimals: 1),
        Remeasured = remeasured is null
            ? Shares([], [], [])
            : Shares([Aime24, Aime25, Math500, GpqaDiamond], remeasured, [64, 64, 8, 8]),
    };

    private static Dictionary<string, PublishedShare> Shares(
        string[] benchmarks, double[] percents, int?[] samples, int decimals = 2) =>
        benchmarks.Index().ToDictionary(pair => pair.Item,
            pair => new PublishedShare(percents[pair.Index] / 100, samples[pair.Index], decimals),
            StringComparer.Ordinal);
}
