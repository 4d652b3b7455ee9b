using Phi4R.Recipes;

namespace Phi4R.Tests.Recipes;

public sealed class PaperTablesTests
{
    // Of the abstract: 3.2 points over R1-Distill-Qwen-7B and 7.7 over R1-Distill-Llama-8B on MATH-500. Of the later
    // report: 9.4, 3.4 and 7.5 points below the paper on three benchmarks.
    [Fact]
    public void The_numbers_differ_as_the_texts_say()
    {
        var own = Row("Phi-4-Mini-Reasoning");
        Assert.Equal(0.032, Math500(own) - Math500(Row("DeepSeek-R1-Distill-Qwen-7B")), tolerance: 1e-9);
        Assert.Equal(0.077, Math500(own) - Math500(Row("DeepSeek-R1-Distill-Llama-8B")), tolerance: 1e-9);
        Assert.Equal([0.094, 0.034, 0.075], ((string[])["aime24", "math500", "gpqa-diamond"])
            .Select(name => Math.Round(own.Paper[name].Share - own.Remeasured[name].Share, 3)));

        static double Math500(PaperRow row) => row.Paper["math500"].Share;
    }

    [Fact]
    public void The_tables_have_the_rows_of_the_paper()
    {
        Assert.Equal(["o1-mini", "DeepSeek-R1-Distill-Qwen-7B", "DeepSeek-R1-Distill-Llama-8B", "Bespoke-Stratos-7B",
            "OpenThinker-7B", "Llama-3.2-3B-Instruct", "Phi-4-Mini", "Phi-4-Mini-Reasoning"],
            PaperTables.Main.Rows.Select(row => row.Name));
        Assert.Equal(["Phi-4-Mini", "+ LIMO", "+ S1K", "Phi-4-Mini-Reasoning"],
            PaperTables.SmallSets.Rows.Select(row => row.Name));
        Assert.Equal(Paper.StageTable.Select(stage => stage.Stage), PaperTables.Ablation.Rows.Select(row => row.Name));
        Assert.Equal(PaperTables.Main.Rows[^1].Remeasured, PaperTables.Ablation.Rows[^1].Remeasured);
        Assert.All(PaperTables.All.SelectMany(table => table.Rows), row => Assert.Equal(3, row.Paper.Count));
    }

    [Theory]
    [InlineData("microsoft/Phi-4-mini-reasoning", "Phi-4-Mini-Reasoning")]
    [InlineData("microsoft/Phi-4-mini-instruct", "Phi-4-Mini")]
    [InlineData("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "DeepSeek-R1-Distill-Qwen-7B")]
    [InlineData("bespokelabs/Bespoke-Stratos-7B/", "Bespoke-Stratos-7B")]
    [InlineData("open-thoughts/OpenThinker-7B", "OpenThinker-7B")]
    [InlineData("meta-llama/Llama-3.2-3B-Instruct", "Llama-3.2-3B-Instruct")]
    [InlineData("Phi-4-mini-flash-reasoning", null)]
    [InlineData("+ SFT", null)]
    public void A_model_is_found_by_its_name_on_the_hub(string model, string? row) =>
        Assert.Equal(row, PaperTables.Find(PaperTables.Main, model)?.Name);

    [Theory]
    [InlineData("base", "Phi-4-Mini")]
    [InlineData("+ mid-training", "+ distillation mid-training")]
    [InlineData("sft", "+ distillation fine-tuning")]
    [InlineData("+ Rollout-DPO", "+ Rollout-DPO")]
    [InlineData("Phi-4-mini-reasoning", "+ RL")]
    public void A_stage_is_found_by_the_name_that_a_run_gives_it(string stage, string row) =>
        Assert.Equal(row, PaperTables.Find(PaperTables.Ablation, stage)!.Name);

    [Theory]
    [InlineData("AIME 2024", "aime24")]
    [InlineData("aime25.jsonl", null)]
    [InlineData("MATH-500", "math500")]
    [InlineData("gpqa_diamond", "gpqa-diamond")]
    public void A_benchmark_is_found_however_it_is_written(string name, string? known) =>
        Assert.Equal(known, PaperTables.Benchmark(name));

    private static PaperRow Row(string name) => PaperTables.Main.Rows.Single(row => row.Name == name);
}
