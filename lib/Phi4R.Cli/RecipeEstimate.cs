using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>How long a run is expected to take, told before it begins.</summary>
internal static class RecipeEstimate
{
    /// <summary>Says it by the plan in the run's folder, or makes one.</summary>
    /// <exception cref="OperationCanceledException">The person has stopped the run.</exception>
    public static void Say(RecipeRun run, Action<string> say, CancellationToken cancel)
    {
        try
        {
            var expected = RunPlan.Of(run);
            if (expected is null)
            {
                say("a probe of every stage's code, which takes some seconds, says how long they will take; "
                    + "--no-plan leaves it out");
                expected = RunPlan.Make(run, cancel);
            }

            foreach (var note in expected.Notes)
            {
                say(note);
            }

            say($"all stages together are expected to take {RecipeVerbs.Minutes(expected.Seconds)}; phi4r recipe "
                + "--plan says which of them how much");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            say($"how long the stages will take could not be estimated ({exception.Message}); they begin all the same");
        }
    }
}
