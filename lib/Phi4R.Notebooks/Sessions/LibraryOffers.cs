using Microsoft.DotNet.Interactive;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// What a session offers to the library that its cells use: the cell's token, and work that force spares.
/// </summary>
/// <remarks>The names and types are those of <c>Host</c> in Phi4R.Lib, of which this process may hold several copies,
/// or none.</remarks>
internal static class LibraryOffers
{
    public static void Install()
    {
        AppContext.SetData("Phi4R.Host.Stop",
            () => KernelInvocationContext.OfThisFlow?.CancellationToken ?? CancellationToken.None);
        AppContext.SetData("Phi4R.Host.Whole", (Action<Action>)CellExecution.RunWhole);
        AppContext.SetData("Phi4R.Host.Callbacks", (Action<bool>)CellExecution.TellOfCallbacks);
    }
}
