using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;

namespace Phi4R.Evaluation;

/// <summary>The benchmarks that are known by name, and how models are asked them.</summary>
public static class BenchmarkCatalog
{
    /// <summary>What stands before a question whose answer is open.</summary>
    /// <remarks>Source: arXiv 2507.06607, appendix G, of the same group and this model.</remarks>
    public const string OpenInstructions =
        "Please reason step by step, and put your final answer within \\boxed{}.";

    /// <summary>What stands before a question whose answer is the letter of an option.</summary>
    /// <remarks>Source: arXiv 2507.06607, appendix G.</remarks>
    public const string ChoiceInstructions =
        "Please reason step by step, and put your final choice of one letter from A/B/C/D within \\boxed{}.";

    private const string Contest = "its problems are copyrighted by the MAA";
    private const int SamplesOfAFile = 8;
    private const int GuessOfAFile = 4000;

    /// <summary>All of them.</summary>
    /// <remarks>
    /// 64 samples of AIME and 8 of MATH-500 and GPQA-Diamond as in arXiv 2507.06607; of the others as many as give
    /// about as many completions, and one of the largest.
    /// </remarks>
    public static IReadOnlyList<BenchmarkSource> All { get; } =
    [
        new() { Name = "aime24", File = "aime2024.jsonl", Hub = "math-ai/aime24", Samples = 64, GuessedTokens = 12_000,
            Missing = Contest },
        new() { Name = "aime25", File = "aime2025.jsonl", Hub = "math-ai/aime25", Samples = 64, GuessedTokens = 12_000,
            Missing = Contest },
        new() { Name = "math500", File = "math500.jsonl", Hub = "HuggingFaceH4/MATH-500", Samples = 8,
            GuessedTokens = 4000 },
        new() { Name = "gpqa-diamond", File = "gpqa_diamond.csv", Hub = "Idavidrein/gpqa:gpqa_diamond.csv", Samples = 8,
            GuessedTokens = 8000,
            Missing = "its authors ask that it is not put where it can be crawled, and the hub gives it out only to "
                + "those who agreed to its terms there, with a token in HF_TOKEN" },
        new() { Name = "amc23", File = "amc23.jsonl", Hub = "math-ai/amc23", Samples = 32, GuessedTokens = 7000,
            Missing = Contest },
        new() { Name = "gsm8k", File = "gsm8k_test.jsonl", Hub = "openai/gsm8k", Samples = 1, GuessedTokens = 1000 },
        new() { Name = "olympiadbench", File = "olympiadbench_oe_te_maths_en.jsonl", Hub = "math-ai/olympiadbench",
            Samples = 4, GuessedTokens = 9000 },
        new() { Name = "minerva-math", File = "minerva_math.jsonl", Hub = "math-ai/minervamath", Samples = 4,
            GuessedTokens = 6000, Missing = "no licence is stated for it" },
    ];

    /// <summary>Reads a benchmark.</summary>
    /// <param name="nameOrFile">A name of <see cref="All"/>, a file's path, or a data set in the hub's cache.</param>
    /// <param name="samples">Completions of each problem; null for the benchmark's own number.</param>
    /// <param name="limit">Only so many problems, the first; null for all.</param>
    /// <param name="instructions">What stands before each question; null for what belongs to its kind.</param>
    /// <exception cref="ArgumentException">There is neither such a name nor such a file.</exception>
    /// <exception cref="FileNotFoundException">
    /// The name is known, but the problems are not on this machine; the message says how to get them.
    /// </exception>
    /// <exception cref="InvalidDataException">The file holds something else; the message names the record.</exception>
    public static AskedBenchmark Read(
        string nameOrFile, int? samples = null, int? limit = null, string? instructions = null)
    {
        var source = All.FirstOrDefault(known =>
            string.Equals(known.Name, nameOrFile, StringComparison.OrdinalIgnoreCase));
        var loaded = ProblemData.Read(source is null ? Known(nameOrFile) : Place(source));
        var problems = limit is { } most
            ? loaded.Set.Problems.Take(Require.Positive(most, "limit")).ToList()
            : loaded.Set.Problems;
        var isChoice = problems.All(problem => problem.Choices is not null);
        return new AskedBenchmark
        {
            Name = source?.Name ?? loaded.Set.Name,
            Sha256 = loaded.Sha256,
            Samples = samples ?? source?.Samples ?? SamplesOfAFile,
            Limit = limit,
            Instructions = instructions ?? (isChoice ? ChoiceInstructions : OpenInstructions),
            GuessedTokens = source?.GuessedTokens ?? GuessOfAFile,
            Problems = problems,
        };
    }

    private static string Known(string file) => File.Exists(file) || file.Contains('/', StringComparison.Ordinal)
        ? file
        : throw new ArgumentException($"'{file}' is neither a benchmark's name nor a file. There are: "
            + $"{string.Join(", ", All.Select(known => known.Name))}.");

    private static string Place(BenchmarkSource source)
    {
        var host = HostOptions.Current;
        string[] folders = [host.DataFolder ?? Path.Combine(host.RunsFolder, "..", "data"),
            .. host.ShippedData is { } own ? new[] { own } : []];
        List<string> files = [.. folders.Select(folder =>
            Path.GetFullPath(Path.Combine(folder, "benchmarks", source.File)))];
        if (files.Find(File.Exists) is { } shipped)
        {
            return shipped;
        }

        try
        {
            return HubCache.Find(source.Hub).Path;
        }
        catch (FileNotFoundException missing)
        {
            var name = source.Hub.Split(':')[0];
            throw new FileNotFoundException($"The benchmark {source.Name} is not on this machine: there is no "
                + $"{files[0]}{(source.Missing is { } why ? $" (it does not ship with the project: {why})" : "")}, and "
                + $"{name} is not among the downloaded data sets. Get it with: phi4r download --dataset {name}; or "
                + "give a file of yours: --benchmark FILE.", missing);
        }
    }
}
