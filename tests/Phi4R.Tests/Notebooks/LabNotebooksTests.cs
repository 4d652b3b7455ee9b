using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Recipes;
using Phi4R.Tests.House;
using Phi4R.Tests.Inference;
using SmallReleasedModel = Phi4R.Tests.Reference.SmallReleasedModel;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// The six notebooks on real formats: a checkpoint of Phi-4-mini's form with its tokenizer and chat template, problems
/// of GSM8K and MATH, rollouts as they are imported, benchmark files; and the first with a teacher and a judge behind
/// servers.
/// </summary>
public sealed class LabNotebooksTests
{
    private const int Cut = 8;

    private static readonly string Example = Path.Combine(Project.Root, "data", "examples", "gsm8k-math");

    private static readonly IReadOnlyList<JsonObject> Shipped = [.. File
        .ReadLines(Path.Combine(Example, "rollouts.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];

    // The folder of all that a person has before the first notebook.
    private static readonly Lazy<string> Home = new(() =>
    {
        var home = Project.Scratch();
        var data = Path.Combine(home, "data");
        SetImport.Run("own", [Path.Combine(Example, "rollouts.jsonl")], Path.Combine(data, "gsm8k-math"));
        foreach (var name in (string[])["gsm8k_test.jsonl", "math500.jsonl"])
        {
            File.WriteAllLines(Path.Combine(data, name),
                File.ReadLines(Path.Combine(Project.Root, "data", "benchmarks", name)).Take(Cut));
        }

        SmallReleasedModel.Write(Path.Combine(home, "model"), Lab.Smoke.Model, Shipped
            .Where(rollout => (string?)rollout["finish_reason"] != "length")
            .Select(rollout => ((string)rollout["prompt"]!, (string)rollout["completion"]!)));
        return home;
    });

    [Fact]
    public void All_six_run_on_real_formats_and_every_cell_shows_something_of_them()
    {
        var home = Home.Value;
        var (code, text) = Run(home, "0[1-6]*.ipynb", "");
        Assert.True(code == 0, text);
    }

    private static (int Code, string Text) Run(string home, string notebooks, string words) => HouseTests.Bash(
        $"PHI4R_DATA={home}/data PHI4R_MODEL={home}/model PHI4R_RUNS={home}/runs dotnet "
            + $"'{Path.Combine(Project.Root, "artifacts", "notebooks", "phi4r.dll")}' run notebooks/{notebooks} "
            + $"--profile lab-smoke {words} --out {home}/out", seconds: 600);
}
