using Phi4R.Native;
using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>The processes that mpirun started to run a recipe together.</summary>
internal static class RecipeRanks
{
    // Where all find the same fault, rank 0 tells it and ends all before the others do.
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(3);

    /// <summary>What this process is called in a message.</summary>
    public static string Name(string verb) =>
        HostEnvironment.MpiRank is > 0 and var rank ? $"{verb}, rank {rank}" : verb;

    /// <summary>Runs something together with the other processes, or alone where there are none.</summary>
    /// <param name="run">Says how it went; told what this process is among the others.</param>
    /// <returns>The exit code; where it is not 0 on one rank, all are ended with it.</returns>
    public static int Together(Func<Func<ICollective>, int> run)
    {
        ICollective? ranks = null;
        var code = run(() => ranks ??= HostEnvironment.MpiSize > 1 ? Join() : SingleProcess.Instance);
        if (ranks is not { Size: > 1 })
        {
            return code;
        }

        if (code != 0)
        {
            Console.Error.Flush();
            ranks.Abort(code);
        }

        ranks.Dispose();
        return code;
    }

    // Cards that cannot be had are said before anything is begun with the others.
    private static ICollective Join()
    {
        var device = Doctor.ChosenDevice();
        return NcclCollective.Over(MpiCollective.Join(), device,
            HostEnvironment.MpiRank is > 0 ? null : Console.Error.WriteLine);
    }

    /// <summary>Does this rank's work; what goes wrong on another rank than the first is told a little later.</summary>
    public static void Work(ICollective ranks, Action work)
    {
        try
        {
            work();
        }
        catch (Exception) when (ranks.Rank > 0)
        {
            Thread.Sleep(Courtesy);
            throw;
        }
    }
}
