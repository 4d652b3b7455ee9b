using System.CommandLine;
using System.Diagnostics;
using Phi4R.Foundation;
using Phi4R.Native;
using Phi4R.Recipes;
using Phi4R.Runs;
using Phi4R.Show;
using Phi4R.Training;

namespace Phi4R.Cli;

/// <summary>Running the recipe without a notebook; each verb is one call into the library.</summary>
internal static class RecipeVerbs
{
    public static IEnumerable<Command> All(IReadOnlyList<StageDefinition>? stages = null) =>
        [Recipe(stages), .. RunVerbs.All(stages)];

    private static Command Recipe(IReadOnlyList<StageDefinition>? given)
    {
        var recipe = new Option<string>("--recipe", "--profile")
        {
            Description = "pocket, tiny, smoke, lab-smoke, lab, paper, or a recipe file.",
            DefaultValueFactory = _ => "pocket",
        };
        var seed = new Option<int>("--seed")
        {
            Description = "What every random number comes from.",
            DefaultValueFactory = _ => 1,
        };
        var from = new Option<string?>("--from")
        {
            Description = "The first stage: "
                + $"{string.Join(", ", (given ?? Pipeline.Stages).Select(stage => stage.Name))}. Those before it are "
                + "taken from the run's folder, or made where they are missing.",
        };
        var to = new Option<string?>("--to") { Description = "The last stage." };
        var output = new Option<string?>("--out")
        {
            Description = "The run's folder; runs/RECIPE-seedSEED unless told otherwise. A run that was stopped "
                + "goes on there.",
        };
        var plan = new Option<bool>("--plan")
        {
            Description = "Runs no stage: says what the recipe needs and whether it is here, and what each stage is "
                + "expected to take on this machine, from a short probe; for lab also what each is expected to cost "
                + "and to gain on one card.",
        };
        var noPlan = new Option<bool>("--no-plan")
        {
            Description = "Begins at once, without the probe that says how long the stages will take.",
        };
        var overrides = new Option<bool>("--show-overrides")
        {
            Description = "Runs no stage: shows what stands in the run's folder with other settings than another try "
                + "of the same stage, as cells and sweeps leave it.",
        };
        var ablations = new Option<bool>("--ablations")
        {
            Description = "Also what happens without mid-training, with packed fine-tuning, with the teacher's pairs, "
                + "and without the stabilizers.",
        };
        var generator = new Option<string?>("--generator")
        {
            Description = "A server that samples every completion of the run's models, such as http://127.0.0.1:8000, "
                + "or several with commas between them: phi4r serve, or another with token ids; else this process "
                + "does. Their key, if they want one, stands in PHI4R_API_KEY.",
        };
        var weights = new Option<string?>("--weights-folder")
        {
            Description = "With --generator, a folder that this process writes and the servers read, through which "
                + "they are given each new policy: the one that phi4r serve --weights-folder names.",
        };
        var (logProbs, engine, handOver) =
            (RecipeGenerator.LogProbs(), RecipeGenerator.Engine(), RecipeGenerator.HandOver());
        var command = new Command("recipe", "Runs every stage, or goes on where it stopped, and prints what each "
            + "one gained.")
        {
            recipe,
            seed,
            from,
            to,
            output,
            plan,
            noPlan,
            overrides,
            ablations,
            generator,
            weights,
            logProbs,
            engine,
            handOver,
        };
        command.SetAction(words => RecipeRanks.Together(join => Clearly(RecipeRanks.Name("recipe"), () =>
        {
            NativeLibraries.Prepare();
            var ranks = join();
            var code = 0;
            RecipeRanks.Work(ranks, () => code = Run(words, ranks));
            return code;
        }, again: $"{(HostEnvironment.MpiSize > 1 ? $"mpirun -np {HostEnvironment.MpiSize} " : "")}phi4r "
            + string.Join(' ', words.Tokens.Select(word =>
                word.Value.Contains(' ', StringComparison.Ordinal) ? $"'{word.Value}'" : word.Value)))));
        return command;

        int Run(ParseResult words, ICollective ranks)
        {
            var stages = given ?? Pipeline.Of(Phi4R.Recipes.Recipe.Named(words.GetValue(recipe)!));
            if (words.GetValue(plan))
            {
                // One process plans, and for one.
                return ranks.Rank > 0
                    || Plan(words.GetValue(recipe)!, words.GetValue(seed), words.GetValue(output), stages) ? 0 : 1;
            }

            if (words.GetValue(overrides))
            {
                Console.Write(ranks.Rank > 0 ? "" : RecipeOverrides.Of(words.GetValue(recipe)!,
                    words.GetValue(seed), words.GetValue(output), stages));
                return 0;
            }

            var (first, last) = (words.GetValue(from), words.GetValue(to));
            RecipeStages.Check(stages, first, last);
            RecipeRun? opened = null;
            var (summary, table) = TerminalRun.Watch(view =>
            {
                using var stop = new ShutdownSignal(view.Say);
                var remote = words.GetValue(generator) is { } address
                    ? RecipeGenerator.Connect(address, words.GetValue(weights), words.GetValue(recipe)!, view.Say,
                        words.GetValue(logProbs) == RecipeGenerator.Processed, stop.Asked, words.GetValue(engine),
                        words.GetValue(handOver))
                    : new[] { weights, logProbs, engine, handOver }.All(word => words.GetValue(word) is null) ? null
                    : throw new ArgumentException("--weights-folder, --log-probs, --engine and --hand-over tell of a "
                        + "server; name it with --generator, or leave them out.");
                var run = RecipeRun.Open(
                    words.GetValue(recipe)!, words.GetValue(seed), words.GetValue(output), view.Say, stages, remote,
                    ranks);
                opened = run;
                if (ranks.Size > 1)
                {
                    view.Say($"{ranks.Size} ranks train together; phi4r recipe --plan without mpirun says what one "
                        + "would take");
                }
                else if (!words.GetValue(noPlan))
                {
                    RecipeEstimate.Say(run, view.Say, stop.Asked);
                }

                var summary = RecipeStages.Run(run, first, last, new InlineProgress<StageProgress>(view.Report),
                    stage => view.Say($"{stage}: done"), stop.Asked);
                return (summary, words.GetValue(ablations) ? run.Ablate(cancel: stop.Asked) : null);
            }, isSilent: ranks.Rank > 0);
            if (ranks.Rank > 0)
            {
                return 0;
            }

            Console.Write(summary is null ? "" : summary.ToMarkdown() + Environment.NewLine);
            Console.Write(table is null ? "" : table.ToMarkdown() + Environment.NewLine);
            Console.Error.WriteLine(Outcome(opened!));
            return 0;
        }
    }

    // Whether all that the recipe needs is here.
    private static bool Plan(string name, int seed, string? output, IReadOnlyList<StageDefinition> stages)
    {
        var recipe = Phi4R.Recipes.Recipe.Named(name);
        var needs = RecipeNeeds.Of(recipe);
        foreach (var finding in needs)
        {
            Console.WriteLine($"{(finding.Fine ? "here" : "MISSING")} {finding.Subject}: "
                + $"{finding.Found}{(finding.Fine ? "" : $". {finding.Advice}")}");
        }

        if (recipe.Name == Lab.Recipe.Name)
        {
            var estimated = stages.Where(stage => stage.OnLab is not null).ToList();
            Console.WriteLine(Table.Of(
                "Estimates", ["stage", "million tokens", "hours", "GB on the card", "points on MATH-500 at most", "of"],
                estimated.Select(stage => new object?[]
                {
                    stage.Name, stage.OnLab!.Tokens, stage.OnLab.Hours, stage.OnLab.DeviceGigabytes,
                    stage.OnLab.Gain, stage.OnLab.Of,
                }),
                $"Together {estimated.Sum(stage => stage.OnLab!.Hours):0} hours on one H100. {Lab.Assumptions}")
                    .ToMarkdown());
        }

        if (needs.All(finding => finding.Fine))
        {
            var plan = RunPlan.Make(RecipeRun.Open(name, seed, output, Console.Error.WriteLine, stages));
            foreach (var note in plan.Notes)
            {
                Console.WriteLine(note);
            }

            Console.WriteLine(Table.Of(
                "Expected on this machine",
                ["stage", "million tokens trained on", "million tokens sampled", "minutes",
                    "GB of weights, gradients and optimizer", "GB of tensors at the most"],
                plan.Stages.Select(stage => new object?[]
                {
                    stage.Stage, Math.Round(stage.LearnedTokens / 1e6, 3), Math.Round(stage.DrawnTokens / 1e6,
                        3), Math.Round(stage.Seconds / 60, 2),
                    Math.Round(stage.StateBytes / 1e9, 3), stage.PeakBytes is { } bytes
                        ? Math.Round(bytes / 1e9, 3)
                        : null,
                }),
                $"Together {Minutes(plan.Seconds)}; the probe took {plan.ProbeSeconds:0.0} s. "
                    + "Ablations are not among it. " + Disk(plan, recipe.Checkpoints)).ToMarkdown());
        }
        else
        {
            Console.WriteLine("What the stages would take here cannot be probed before all needs are met.");
        }

        return needs.All(finding => finding.Fine);
    }

    private static string Disk(RunPlan plan, Retention kept)
    {
        var largest = plan.Stages.Max(stage => stage.CheckpointBytes) / 1e9;
        return $"A checkpoint takes up to {largest:0.00} GB of disk; there are {kept.KeepLast} of a stage "
            + $"and one that is being written, {(kept.KeepLast + 1) * largest:0.00} GB"
            + (kept.KeepEvery is { } every ? $", and one more after every {every} steps that stays." : ".");
    }

    // How far off the plan was.
    private static string Outcome(RecipeRun run)
    {
        if (RunPlan.Of(run) is not { } plan
            || plan.Compare(run).Where(stage => stage.Took is not null).ToList() is not { Count: > 0 } outcomes)
        {
            return "";
        }

        var (planned, took) = (outcomes.Sum(stage => stage.Planned), outcomes.Sum(stage => stage.Took!.Value));
        return Table.Of(
            "Expected and taken", ["stage", "expected, s", "taken, s", "expected / taken"],
            outcomes.Select(stage => new object?[]
            {
                stage.Stage,
                Math.Round(stage.Planned, 1),
                Math.Round(stage.Took!.Value, 1),
                stage.Ratio is { } ratio ? Math.Round(ratio, 2) : null,
            }),
            $"Together {Minutes(planned)} expected, {Minutes(took)} taken: {planned / took:0.00}. Tensors were to "
                + $"take {plan.Stages.Max(stage => stage.PeakBytes ?? 0) / 1e9:0.00} GB at the most; "
                + $"the process was {Process.GetCurrentProcess().PeakWorkingSet64 / 1e9:0.00} GB at its largest, "
                + "code and data included.").ToMarkdown();
    }

    internal static string Minutes(double seconds) =>
        seconds < 90 ? $"{seconds:0} s" : seconds < 5400 ? $"{seconds / 60:0.0} min" : $"{seconds / 3600:0.0} h";

    // What a person can mend is told in words, without a trace.
    internal static int Clearly(string verb, Action action, string again = "") => Clearly(
        verb,
        () =>
        {
            action();
            return 0;
        },
        again);

    private static int Clearly(string verb, Func<int> action, string again = "")
    {
        try
        {
            return action();
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"phi4r {verb}: stopped, and what was done is kept. To go on: {again}");
            return 130;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException
            or InvalidDataException or InvalidOperationException)
        {
            Console.Error.WriteLine(TerminalText.Inert($"phi4r {verb}: {exception.Message}"));
            return 1;
        }
        catch (Exception exception) when (ModelOptions.Memory(exception) is not null)
        {
            Console.Error.WriteLine($"phi4r {verb}: {ModelOptions.Memory(exception)}");
            return 1;
        }
    }
}
