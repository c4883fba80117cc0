// Screening looks at payments before they are made: a program in another language, instrumented with its own OpenTelemetry SDK, for
// `cargo xtask polyglot-check`. The gateway calls it as if it were the payments service; it calls the real one.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// For requests in flight and for spans that are still to be sent, once the program was told to stop.
const shutdownTimeout = 10 * time.Second

func main() {
	if err := run(); err != nil {
		log.Fatalf("screening: %v", err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	stopTracing, err := startTracing(ctx)
	if err != nil {
		return fmt.Errorf("start tracing: %w", err)
	}
	served := serve(ctx)
	// The context that told it to stop is of no use for stopping.
	last, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return errors.Join(served, stopTracing(last))
}

// startTracing sends spans where OTEL_EXPORTER_OTLP_ENDPOINT says, and takes the context of callers from W3C headers.
func startTracing(ctx context.Context) (func(context.Context) error, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, err
	}
	// The resource is the SDK's default, which reads OTEL_SERVICE_NAME.
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(
		propagation.TraceContext{}, propagation.Baggage{},
	))
	return provider.Shutdown, nil
}

// serve takes requests until ctx is done, and says on standard output where.
func serve(ctx context.Context) error {
	payments, err := url.Parse(os.Getenv("SCREENING_PAYMENTS_URL"))
	if err != nil || payments.Host == "" {
		return errors.New("SCREENING_PAYMENTS_URL is not a URL; give one like http://127.0.0.1:8081")
	}
	listener, err := net.Listen("tcp", os.Getenv("SCREENING_ADDR"))
	if err != nil {
		return fmt.Errorf("listen on SCREENING_ADDR: %w", err)
	}
	server := &http.Server{
		Handler:           otelhttp.NewHandler(screen(payments), "screen payment"),
		ReadHeaderTimeout: shutdownTimeout,
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		stopped <- server.Shutdown(last)
	}()
	fmt.Printf("screening listens on http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// screen notes on the span what came as baggage, and passes the request on.
func screen(payments *url.URL) http.Handler {
	proxy := &httputil.ReverseProxy{
		// Its transport makes the client's span, and puts the context into the headers anew: those that came must not stay.
		Transport: otelhttp.NewTransport(http.DefaultTransport),
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(payments)
			for _, field := range otel.GetTextMapPropagator().Fields() {
				request.Out.Header.Del(field)
			}
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		span := trace.SpanFromContext(r.Context())
		for _, member := range baggage.FromContext(r.Context()).Members() {
			span.SetAttributes(attribute.String("baggage."+member.Key(), member.Value()))
		}
		proxy.ServeHTTP(w, r)
	})
}
