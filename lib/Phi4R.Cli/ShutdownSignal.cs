using System.Runtime.InteropServices;

namespace Phi4R.Cli;

/// <summary>
/// Ctrl-C, or a scheduler's SIGTERM: the first asks for an end after the step that is being done, the second ends the
/// process at once.
/// </summary>
internal sealed class ShutdownSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;
    private int _asked;

    /// <param name="log">Told in a line that the end was asked for.</param>
    public ShutdownSignal(Action<string> log)
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask)];

        void Ask(PosixSignalContext signal)
        {
            // Two signals are handled by two threads at once. Not taken up: the system's own way, which is the end.
            signal.Cancel = Interlocked.Exchange(ref _asked, 1) == 0;
            if (signal.Cancel)
            {
                log("stopping when this step is done and kept; the same again (Ctrl-C) ends it at once");
                _source.Cancel();
            }
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Asked => _source.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _source.Dispose();
    }
}
