using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Phi4R.Cli;

/// <summary>One command line for each verb, as a person would type it, under the verb's help.</summary>
internal static class VerbExamples
{
    /// <summary>The words after phi4r, by the verb; those that read rows say where they come from.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["run"] = "run notebooks/02-mid-training.ipynb --profile smoke -p seed=2 --out runs/look",
        ["kernel serve"] = "kernel serve connection.json",
        ["kernel install"] = "kernel install --name phi4r",
        ["notebook check"] = "notebook check notebooks/03-sft.ipynb",
        ["verify"] = "verify < rows.jsonl    # {\"gold\": \"1/2\", \"pred\": \"So \\\\boxed{0.5}.\"}",
        ["extract"] = "extract < rows.jsonl    # {\"response\": \"The answer is 7.\"}",
        ["audit"] = "audit data/benchmarks/math500.jsonl --field answer",
        ["encode"] = "encode < rows.jsonl    # {\"text\": \"2+2=4\"}",
        ["decode"] = "decode < rows.jsonl    # {\"ids\": [17, 10, 17]}",
        ["render"] = "render < rows.jsonl    # {\"template\": \"instruct\", "
            + "\"messages\": [{\"role\": \"user\", \"content\": \"2+2?\"}]}",
        ["download"] = "download microsoft/Phi-4-mini-instruct",
        ["recipe"] = "recipe --recipe pocket --seed 2 --to sft",
        ["report"] = "report runs/pocket-seed1",
        ["steps"] = "steps runs/pocket-seed1 --value meanReward --figure reward.svg",
        ["compare-runs"] = "compare-runs runs/pocket-seed1 --stage dpo --value margin --figure margin.svg",
        ["diff"] = "diff runs/pocket-seed1 data/runs/2026-12-01-pocket-seed1",
        ["export-tensorboard"] = "export-tensorboard runs/pocket-seed1",
        ["ledger"] = "ledger runs/pocket-seed1",
        ["eval"] = "eval --endpoint http://127.0.0.1:8000/v1 --model phi-4-mini --benchmark math500 --out runs/m",
        ["judge"] = "judge runs/m",
        ["compare"] = "compare runs/m runs/other --json",
        ["tables"] = "tables runs/m runs/other --paper main",
        ["distill"] = "distill --problems problems.jsonl --endpoint http://127.0.0.1:8000/v1 --model r1 --out runs/d",
        ["worker"] = "worker --cluster redis://10.0.0.1 --listen 10.0.0.5",
        ["rollouts"] = "rollouts runs/d",
        ["import"] = "import openr1-math-220k train-00000.parquet train-00001.parquet --out runs/openr1",
        ["decontaminate"] = "decontaminate runs/openr1 --benchmark data/benchmarks/math500.jsonl --out runs/clean",
        ["logits"] = "logits --model runs/pocket-seed1/sft < rows.jsonl    # {\"ids\": [5, 6, 7]}",
        ["export"] = "export --model runs/pocket-seed1/rl --out runs/released --dtype f32",
        ["generate"] = "generate --model runs/pocket-seed1 < rows.jsonl    # {\"prompt\": \"what is 14-9+7 ?\"}",
        ["chat"] = "chat --model runs/pocket-seed1",
        ["serve"] = "serve --model runs/pocket-seed1/sft runs/pocket-seed1/rl --port 8000",
        ["doctor"] = "doctor --model microsoft/Phi-4-mini-instruct",
    };

    /// <summary>Shows a verb's example after its help.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((SynchronousCommandLineAction)help.Action!);
    }

    private static string Name(Command command) => string.Join(' ', command.Parents.OfType<Command>()
        .Where(parent => parent is not RootCommand).Select(Name).Append(command.Name));

    private sealed class HelpWithExample(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            if (All.TryGetValue(Name(parseResult.CommandResult.Command), out var example))
            {
                parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  phi4r {example}\n");
            }

            return code;
        }
    }
}
