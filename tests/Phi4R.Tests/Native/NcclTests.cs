using System.Diagnostics;
using Phi4R.Tests.House;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Native;

/// <summary>
/// How NCCL's functions are found and called, seen through a library with the same names that works in memory: where
/// ranks are threads, a group of calls ends when all have made it.
/// </summary>
public sealed class NcclTests
{
    private const string Compiler = "a C compiler (apt-get install gcc)";
    private const string IsThere = "command -v cc";

    // It takes what NCCL's documentation says, and answers an argument that is none with invalid argument (4).
    private const string Source = """
        #include <pthread.h>
        #include <stddef.h>
        #include <stdlib.h>
        #include <string.h>

        typedef struct { char bytes[128]; } ncclUniqueId;
        typedef struct { int rank, size, broken; } Comm;
        typedef struct { const void* from; void* to; size_t count; int type, op, root; } Call;

        enum { most = 16 };
        static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
        static pthread_barrier_t meet;
        static int ready = 0;
        static Call* calls[most];
        static int lengths[most];
        static __thread Call mine[64];
        static __thread int made = 0, depth = 0;
        static __thread Comm* now = NULL;

        int ncclGetUniqueId(ncclUniqueId* id) {
          for (int i = 0; i < 128; i++) id->bytes[i] = (char)(i * 7 + 3);
          return 0;
        }

        int ncclCommInitRank(Comm** comm, int size, ncclUniqueId id, int rank) {
          for (int i = 0; i < 128; i++) if (id.bytes[i] != (char)(i * 7 + 3)) return 4;
          if (rank < 0 || rank >= size || size > most) return 4;
          pthread_mutex_lock(&gate);
          if (!ready) { pthread_barrier_init(&meet, NULL, size); ready = 1; }
          pthread_mutex_unlock(&gate);
          *comm = calloc(1, sizeof(Comm));
          (*comm)->rank = rank; (*comm)->size = size;
          pthread_barrier_wait(&meet);
          return 0;
        }

        int ncclCommDestroy(Comm* comm) {
          pthread_barrier_wait(&meet);
          if (comm->rank == 0) { pthread_barrier_destroy(&meet); ready = 0; }
          free(comm);
          return 0;
        }

        int ncclCommAbort(Comm* comm) { comm->broken = 1; return 0; }
        int ncclCommGetAsyncError(Comm* comm, int* state) { *state = comm->broken ? 6 : 0; return 0; }
        const char* ncclGetErrorString(int code) {
          return code == 4 ? "invalid argument" : code == 6 ? "remote process exited" : "unknown";
        }
        int ncclGroupStart(void) { depth++; made = 0; now = NULL; return 0; }

        static int add(const void* from, void* to, size_t count, int type, int op, int root, Comm* comm, void* stream) {
          if (depth != 1 || stream != NULL || root < 0 || root >= comm->size || made == 64) return 4;
          now = comm;
          mine[made++] = (Call){ from, to, count, type, op, root };
          return 0;
        }

        int ncclReduce(const void* from, void* to, size_t count, int type, int op, int root, Comm* comm, void* stream) {
          return type != 7 || op != 0 ? 4 : add(from, to, count, type, op, root, comm, stream);
        }

        int ncclBroadcast(const void* from, void* to, size_t count, int type, int root, Comm* comm, void* stream) {
          return type != 7 && type != 1 ? 4 : add(from, to, count, type, -1, root, comm, stream);
        }

        int ncclGroupEnd(void) {
          depth--;
          if (now == NULL) return 0;
          int rank = now->rank, size = now->size, result = 0;
          calls[rank] = mine; lengths[rank] = made;
          pthread_barrier_wait(&meet);
          for (int i = 0; i < made && !result; i++) {
            Call call = mine[i];
            for (int r = 0; r < size; r++)
              if (lengths[r] != made || calls[r][i].count != call.count || calls[r][i].root != call.root) result = 4;
            if (result || (call.op == 0 && call.root != rank)) continue;
            if (call.op == 0) {
              for (size_t n = 0; n < call.count; n++) {
                float sum = 0;
                for (int r = 0; r < size; r++) sum += ((const float*)calls[r][i].from)[n];
                ((float*)call.to)[n] = sum;
              }
            } else if (call.root != rank) {
              memcpy(call.to, calls[call.root][i].from, call.count * (call.type == 7 ? 4 : 1));
            }
          }
          pthread_barrier_wait(&meet);
          return result;
        }
        """;

    // Ranges of whole blocks of 256: of 1,000 numbers two ranks have 512 and 488, three 512, 488 and none.
    [FactWhere(Compiler, IsThere)]
    public void Ranges_are_added_up_and_given_to_all_as_by_any_other_collective()
    {
        var library = NcclLibrary.Find(out var why, [Compiled(Source)]);
        Assert.Equal("", why);
        foreach (var (size, numbers) in new[] { (2, 1000), (3, 1000), (4, 64) })
        {
            var (expected, found) = (Exchanged(size, numbers, ranks => ranks),
                Exchanged(size, numbers, ranks => new NcclCollective(ranks, library!, _ => true)));
            for (var rank = 0; rank < size; rank++)
            {
                Assert.Equal(expected[rank].Own, found[rank].Own);
                Assert.Equal(expected[rank].Whole, found[rank].Whole);
                Assert.Equal(expected[rank].Bytes, found[rank].Bytes);
            }
        }
    }

    [FactWhere(Compiler, IsThere)]
    public void A_lost_rank_and_a_refused_call_are_errors_that_say_what_to_do()
    {
        var library = NcclLibrary.Find(out _, [Compiled(Source)])!;
        var refused = Assert.Throws<InvalidOperationException>(() =>
            library.Join(new byte[NcclLibrary.IdBytes], 0, 1));
        Assert.Contains("ncclCommInitRank failed: invalid argument", refused.Message, StringComparison.Ordinal);

        var communicator = library.Join(library.NewId(), 0, 1);
        using var numbers = ones(8);
        library.Abort(communicator);
        var lost = Assert.Throws<InvalidOperationException>(() =>
            library.Gather(communicator, Address(numbers), [8], sizeof(float)));
        Assert.Contains("remote process exited. Another rank is likely lost", lost.Message, StringComparison.Ordinal);
        Assert.Contains("it goes on from the last checkpoint", lost.Message, StringComparison.Ordinal);
        library.Destroy(communicator);
    }

    [FactWhere(Compiler, IsThere)]
    public void A_library_without_a_function_is_passed_over_and_named()
    {
        var without = Compiled(Source.Replace("int ncclBroadcast(", "int otherBroadcast(", StringComparison.Ordinal));
        Assert.Null(NcclLibrary.Find(out var why, ["libnosuch.so.2", without]));
        Assert.Contains("libnosuch.so.2 cannot be loaded", why, StringComparison.Ordinal);
        Assert.Contains("does not export ncclBroadcast", why, StringComparison.Ordinal);
        Assert.NotNull(NcclLibrary.Find(out _, [without, Compiled(Source)]));
    }

    // On the processor nothing is looked for, and one process needs nobody.
    [Fact]
    public void Without_a_card_ranks_stay_as_they_are()
    {
        List<string> said = [];
        Assert.All(ThreadRanks.Run(2, ranks => NcclCollective.Over(ranks, CPU, said.Add) == ranks), Assert.True);
        Assert.Same(SingleProcess.Instance, NcclCollective.Over(SingleProcess.Instance, CPU, said.Add));
        Assert.Empty(said);
    }

    private static (float[] Own, float[] Whole, byte[] Bytes)[] Exchanged(
        int size, int numbers, Func<ICollective, ICollective> over) => ThreadRanks.Run(size, host =>
    {
        using var scope = NewDisposeScope();
        var ranks = over(host);
        var counts = ranks.Counts(numbers);
        var whole = tensor(Enumerable.Range(0, numbers).Select(i => (float)Math.Sin(i + (10 * ranks.Rank))).ToArray());
        var own = zeros([counts[ranks.Rank]]);
        ranks.SumScatter(whole, own, counts);

        var start = counts.Take(ranks.Rank).Sum();
        var gathered = zeros([numbers]);
        gathered.narrow(0, start, counts[ranks.Rank]).copy_(own);
        ranks.Gather(gathered, counts);

        var bytes = zeros([numbers], ScalarType.Byte);
        bytes.narrow(0, start, counts[ranks.Rank]).fill_(ranks.Rank + 1);
        ranks.Gather(bytes, counts);
        if (ranks != host)
        {
            ranks.Dispose();
        }

        return (own.data<float>().ToArray(), gathered.data<float>().ToArray(), bytes.data<byte>().ToArray());
    });

    private static unsafe nint Address(Tensor tensor) => (nint)NativeData.Of(tensor);

    private static string Compiled(string source)
    {
        var folder = Project.Scratch();
        var (text, library) = (Path.Combine(folder, "nccl.c"), Path.Combine(folder, "libnccl-of-the-tests.so"));
        File.WriteAllText(text, source);
        string[] arguments = ["-shared", "-fPIC", "-O1", "-pthread", "-o", library, text];
        using var compiler = Process.Start(new ProcessStartInfo("cc", arguments) { RedirectStandardError = true })!;
        var said = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, said);
        return library;
    }
}
