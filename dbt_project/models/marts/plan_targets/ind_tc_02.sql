{{ indicator_mart('TC-02', headline='by_count') }}
