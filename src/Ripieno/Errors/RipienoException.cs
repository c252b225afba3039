namespace Ripieno.Errors;

/// <summary>The base of every error that Ripieno reports on purpose. Leaves are cut by what the caller can do about them.</summary>
public abstract class RipienoException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What was named does not exist: name something else.</summary>
public sealed class NotFoundException(string message) : RipienoException(message);

/// <summary>The request contradicts what is stored already (same run id with another body, a second live instance of one id).</summary>
public sealed class ConflictException(string message) : RipienoException(message);

/// <summary>The step belongs to a newer epoch: whoever holds the old lease must drop its result.</summary>
internal sealed class LeaseLostException(string message) : RipienoException(message);

/// <summary>A definition, config, backlog or command line is wrong. Carries every problem found, not only the first.</summary>
public sealed class InvalidInputException(IReadOnlyList<Problem> problems)
    : RipienoException(string.Join(Environment.NewLine, problems))
{
    public InvalidInputException(Problem problem) : this([problem])
    {
    }

    public IReadOnlyList<Problem> Problems { get; } = problems;
}

/// <summary>
/// A model endpoint cannot take the call now (refused connection, 429, 503). Nothing is wrong with the step: it is parked until
/// <see cref="RetryAfter"/> has passed and its attempt is not counted.
/// </summary>
public sealed class EndpointUnavailableException(string message, TimeSpan? retryAfter = null, Exception? inner = null)
    : RipienoException(message, inner)
{
    /// <summary>What the server asked for (<c>Retry-After</c>); null when it said nothing.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>A model call went wrong in a way that another attempt may mend: 5xx, a broken stream, a time limit.</summary>
internal sealed class ModelCallException(string message, Exception? inner = null) : RipienoException(message, inner);

/// <summary>A model call that will fail however often it is repeated: unknown model, bad credentials, a request the server rejects.</summary>
internal sealed class ModelRejectedException(string message, ModelRefusal refusal = ModelRefusal.Request, Exception? inner = null) : RipienoException(message, inner)
{
    /// <summary>What would have to change before such a call can go well.</summary>
    public ModelRefusal Refusal { get; } = refusal;
}

/// <summary>How much of a service a refusal speaks of.</summary>
internal enum ModelRefusal
{
    /// <summary>This request only: no other model was asked for, and another may refuse it too.</summary>
    Request,

    /// <summary>Every call with these credentials (401, 403).</summary>
    Credentials,

    /// <summary>Every call for this model (404).</summary>
    Model,

    /// <summary>Every call for this model, for ever: it or the service was withdrawn (410).</summary>
    Gone,
}

/// <summary>The store cannot be used now (missing, locked, disk full, newer schema). Nothing was changed by the failed operation.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : RipienoException(message, inner);

/// <summary>What the store gives back is not what it was given: repeating will not help, a backup will.</summary>
public sealed class StoreDamagedException(string what, Exception? inner = null)
    : RipienoException($"{what}: the store is damaged. Look at it with 'ripieno store check', then restore a backup: ripieno store restore FILE.", inner)
{
    /// <summary>What is not as it was, without the advice.</summary>
    public string What { get; } = what;
}

/// <summary>The store did not say whether the operation happened. Repeat it (operations are repeatable) or read the state again.</summary>
public sealed class OutcomeUnknownException(string message, Exception? inner = null) : RipienoException(message, inner);
