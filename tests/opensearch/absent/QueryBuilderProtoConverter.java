package org.opensearch.transport.grpc.spi;

/** Stands in for a type of the gRPC transport, which Maven Central lacks: the k-NN plugin names it when it starts. */
public interface QueryBuilderProtoConverter {}
