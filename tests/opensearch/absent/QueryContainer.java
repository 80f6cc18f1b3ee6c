package org.opensearch.protobufs;

/** See QueryBuilderProtoConverter. */
public class QueryContainer {
    /** See QueryBuilderProtoConverter. */
    public enum QueryContainerCase {}
}
